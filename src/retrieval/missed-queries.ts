import type { Executor } from '../database/pool.ts';
import { conditions, FILTER_PARTS, filterParameters } from './filter-sql.ts';
import { FIRST_FILTER_PARAMETER, OWN, type Scope } from './queries.ts';

const PARTS = conditions(FIRST_FILTER_PARAMETER);
const MISSED_BITS = [
  ...FILTER_PARTS.map((part, bit) => `((${PARTS[part]} is not true)::int << ${bit})`),
  `(($2::text[] is not null and m.chunk_type <> all ($2::text[]))::int << ${FILTER_PARTS.length})`,
].join(' | ');

/** By which parts of the filter a chunk misses, and of which types it is. One pass over the cabinet. Reads only. */
const MISSED = `
  ${OWN}
  select distinct ${MISSED_BITS} as missed
  from public.rag_metadata m
  where m.cabinet_id = $1::bigint and $3::text is null and $4::text is null and $5::text is null and ${PARTS.chunkTypes}`;

/**
 * In which ways chunks of a cabinet are not what the filter asks for: masks of the parts that they miss, bits as in
 * `FILTER_PARTS`; the bit above them: they are of none of these types. 0: there is one that misses nothing.
 */
export async function readMissed(
  executor: Executor,
  { cabinetId, filter }: Scope,
  types: readonly string[] | null,
): Promise<number[]> {
  // Without the last, the tables of the classes: those of other tables are what is asked about.
  const conditionsOnly = filterParameters(filter).slice(0, -1);
  const parameters = [cabinetId, types, null, null, null, ...conditionsOnly];
  const { rows } = await executor.query<{ missed: number }>(MISSED, parameters);
  return rows.map(({ missed }) => missed);
}
