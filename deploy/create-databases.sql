-- Run once, by the superuser, when the image of Postgres makes the volume: the role that the program has to itself, and both
-- databases. It owns them and may do nothing else on the server.

-- Without a password the superuser can log in from inside of this container only. First, so that it holds whatever fails.
alter role current_user password null;

\getenv password POSTGRES_PASSWORD
\getenv file WB_ASSIST_PASSWORD_FILE
\if :{?file}
  \set password `cat "$WB_ASSIST_PASSWORD_FILE"`
\endif
create role wb_assist login password :'password';
create database wb_assist owner wb_assist;
create database wb_assist_rag owner wb_assist;
-- Only a superuser may: pgvector is no trusted extension.
\connect wb_assist_rag
create extension vector;
