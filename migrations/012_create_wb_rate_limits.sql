-- Up Migration
-- What is left of the limits of the Wildberries API, which counts requests by seller, kind of token and bucket of methods
-- over everything that uses them: all workers and every restart of them. One row a bucket; token_type and bucket '*': a
-- block of everything the seller has. seller_id refers to nothing: several cabinets may belong to one seller, and the
-- limits outlive them.
--
-- tat: when the bucket will be full again (GCRA's theoretical arrival time), counting the requests that have ended
-- blocked_until: told so by a 429; refusals: how many of them came in a row
-- holder, pending_since: the request under way, of which nobody knows yet when it arrived
create table wb_rate_limits (
  seller_id text not null,
  token_type text not null,
  bucket text not null,
  tat timestamptz not null default '-infinity',
  blocked_until timestamptz,
  refusals smallint not null default 0,
  holder uuid,
  pending_since timestamptz,
  updated_at timestamptz not null default now(),
  primary key (seller_id, token_type, bucket),
  check ((holder is null) = (pending_since is null))
);

-- Down Migration
drop table wb_rate_limits;
