import type { FakeOpenAI } from '../../helpers/fake-openai.ts';
import type { IndexDifferences } from '../../helpers/oracle.ts';
import type { Site } from './site.ts';
import { compareWithOracle, withPools } from './verdict.ts';

/** Ways to break an index that has just been found right, each with what the checker has to call it. */
const BREAKAGES: readonly [found: keyof IndexDifferences, statement: string][] = [
  ['missing', 'delete from rag_metadata where id = (select min(id) from rag_metadata)'],
  [
    'stale',
    `update rag_metadata set chunk_text = chunk_text || '!' where id = (select max(id) from rag_metadata)`,
  ],
  [
    'orphaned',
    `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
     select cabinet_id, source_table, 1e9, chunk_type, chunk_text, chunk_hash from rag_metadata order by id limit 1`,
  ],
  [
    'doubled',
    `alter table rag_metadata drop constraint rag_metadata_cabinet_id_source_table_source_id_key;
     insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
     select cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash from rag_metadata order by id limit 1`,
  ],
  [
    'wrongVectors',
    `update rag_embeddings e set embedding = (select embedding from rag_embeddings o where o.chunk_hash <> e.chunk_hash limit 1)
     where metadata_id = (select percentile_disc(0.5) within group (order by id) from rag_metadata)`,
  ],
];

/** Breaks the index by hand in each way; resolves to those that the checker did not see, which should be none. */
export async function findBlindSpots(
  { main, vector, openai }: { main: Site; vector: Site; openai: FakeOpenAI },
  model: string,
): Promise<string[]> {
  return withPools(main, vector, async (mainPool, vectorPool) => {
    const unseen: string[] = [];
    for (const [kind, statement] of BREAKAGES) {
      const before = (await compareWithOracle(openai, mainPool, vectorPool, model))[kind].length;
      await vectorPool.query(statement);
      const after = (await compareWithOracle(openai, mainPool, vectorPool, model))[kind].length;
      if (after <= before) unseen.push(kind);
    }
    return unseen;
  });
}
