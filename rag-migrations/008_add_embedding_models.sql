-- Up Migration
-- Which models a cabinet's vectors are of. The database says it, the configuration of a process only proposes: searches
-- compare vectors of search_model; while next_model is being completed every changed text is embedded by both; when it is
-- complete it becomes search_model in one step, and the one before stays for a way back until previous_model is cleared.
-- A model may end in '#2', '#3' and so on: the same model, embedded anew.
alter table rag_index_status
  add column search_model text,
  add column next_model text,
  add column previous_model text,
  add column switched_at timestamptz,
  -- The model that somebody went back from: it is not taken up again by itself.
  add column rolled_back_from text,
  -- Version of the texts that all chunks have; null when it is not known or more than one wrote, since texts_mixed_at.
  add column texts_version text,
  add column texts_mixed_at timestamptz;

update rag_index_status s
set search_model = (
  select e.model from rag_embeddings e where e.cabinet_id = s.cabinet_id group by e.model order by count(*) desc, e.model limit 1
);

-- Which model refused the text; null: recorded before this was told apart.
alter table rag_index_failures add column model text;

-- Down Migration
alter table rag_index_failures drop column model;
alter table rag_index_status
  drop column search_model,
  drop column next_model,
  drop column previous_model,
  drop column switched_at,
  drop column rolled_back_from,
  drop column texts_version,
  drop column texts_mixed_at;
