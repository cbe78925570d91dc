-- Up Migration
-- Of which main database the index is, and where the index itself was when that was last known: one row. A database that was
-- restored, copied or promoted is another one than this row says, and then all cabinets are compared (docs/operations.md).
create table rag_pairing (
  only_row boolean primary key default true check (only_row),
  main_database text not null,
  vector_database text not null,
  updated_at timestamptz not null default now()
);

-- Down Migration
drop table rag_pairing;
