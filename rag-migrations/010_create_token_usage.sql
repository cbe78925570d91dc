-- Up Migration
-- What embedding cost, by day (UTC), cabinet and model. Written when the provider has answered, whatever becomes of the
-- answer then, for it is billed.
create table rag_token_usage (
  cabinet_id bigint not null,
  day date not null,
  model text not null,
  requests bigint not null default 0,
  tokens bigint not null default 0,
  cost_usd numeric not null default 0,
  primary key (cabinet_id, day, model)
);

-- Down Migration
drop table rag_token_usage;
