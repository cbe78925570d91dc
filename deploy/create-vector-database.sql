-- Run once by the image of Postgres, when it makes the volume. The main database is made by POSTGRES_DB.
create database wb_assist_rag;
