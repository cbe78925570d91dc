import { messageOf } from '../../../src/errors.ts';
import type { Site } from './site.ts';
import { withClient } from './cluster.ts';
import { until } from '../../helpers/until.ts';

/** A cabinet of its own, so that nothing of what is measured waits for the writers' work. */
const PROBE_CABINET = 9;

export interface Probe {
  /** Writes a row and resolves, in milliseconds, when it is searchable: committed with its vector. */
  measure(limitMs: number): Promise<number>;
}

export async function createProbe(main: Site, vector: Site): Promise<Probe> {
  await main.query(`insert into wb_cabinets (id, name) values ($1, 'Проба')`, [PROBE_CABINET]);
  let serial = 0;
  return {
    async measure(limitMs) {
      const started = performance.now();
      const mark = `Проба ${++serial}.`;
      let refusal: unknown;
      await until(
        'a row can be written after the fault',
        () =>
          withClient(main.cluster.url('writer'), (client) =>
            client.query(
              `insert into wb_products (cabinet_id, nm_id, name) values ($1, 1, $2)
               on conflict (cabinet_id, nm_id) do update set name = excluded.name`,
              [PROBE_CABINET, mark],
            ),
          ).then(
            () => true,
            (error: unknown) => {
              refusal = error;
              return false;
            },
          ),
        limitMs,
      ).catch((error: unknown) => {
        throw new Error(`${messageOf(error)}: ${messageOf(refusal)}`, { cause: error });
      });
      await withClient(vector.cluster.url('admin'), (client) =>
        until(
          `the row that was written after the fault is searchable`,
          async () => {
            const { rowCount } = await client.query(
              `select from rag_metadata m join rag_embeddings e on e.cabinet_id = m.cabinet_id and e.metadata_id = m.id
                 and e.chunk_hash = m.chunk_hash
               where m.cabinet_id = $1 and position($2 in m.chunk_text) > 0`,
              [PROBE_CABINET, mark],
            );
            return rowCount === 1;
          },
          limitMs,
        ),
      );
      return performance.now() - started;
    },
  };
}
