-- Up Migration
-- Keys of the HTTP API that are bound to one cabinet. Only what SHA-256 makes of a key is kept: whoever reads this table
-- has none. A key has 256 random bits, so there is nothing to guess that a slow hash would have to protect.
create table wb_cabinet_keys (
  id bigint generated always as identity primary key,
  cabinet_id bigint not null references wb_cabinets (id) on delete cascade,
  name text not null,
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  -- The first characters, for a person to tell keys apart.
  key_start text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- To the minute; null: never used.
  last_used_at timestamptz,
  -- Since when it opens nothing any more.
  revoked_at timestamptz
);
create index wb_cabinet_keys_cabinet_id_id_idx on wb_cabinet_keys (cabinet_id, id);

-- Down Migration
drop table wb_cabinet_keys;
