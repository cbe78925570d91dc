-- Up Migration
-- SHA-256 of chunk_text, hex. On rag_metadata it says which text the chunk has, on rag_embeddings of which text the vector
-- is: they must agree, and a text that is embedded already, for whichever row, is not paid for again.
alter table rag_metadata add column chunk_hash varchar(64);
update rag_metadata set chunk_hash = encode(sha256(convert_to(chunk_text, 'UTF8')), 'hex');
alter table rag_metadata alter column chunk_hash set not null;

alter table rag_embeddings add column chunk_hash varchar(64);
update rag_embeddings e
set chunk_hash = m.chunk_hash
from rag_metadata m
where m.cabinet_id = e.cabinet_id and m.id = e.metadata_id;
alter table rag_embeddings alter column chunk_hash set not null;
create index rag_embeddings_chunk_hash_model_idx on rag_embeddings (chunk_hash, model);

-- Down Migration
drop index rag_embeddings_chunk_hash_model_idx;
alter table rag_embeddings drop column chunk_hash;
alter table rag_metadata drop column chunk_hash;
