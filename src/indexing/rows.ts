import { createHash } from 'node:crypto';
import type { Executor } from '../database/pool.ts';
import { tableOf, type SourceName } from '../source-tables.ts';
import { SOURCES } from './sources/index.ts';
import type { SourceRow } from './sources/source.ts';

/** The text that a source row calls for. */
export interface WantedChunk {
  source: SourceName;
  sourceId: string;
  text: string;
  /** SHA-256 of the text in UTF-8, hex. */
  hash: string;
}

function selectRows(name: SourceName, from: string, condition: string): string {
  const source = SOURCES[name];
  return `select ${source.columns}
from ${from}
join public.wb_cabinets c on c.id = s.cabinet_id and c.is_active
cross join (select now() - make_interval(days => $2::int) as since) w
${source.joins}
where s.cabinet_id = $1::bigint and (${source.condition}) ${condition}`;
}

// One look-up an id, which limit 1 makes sure of: with `id = any (…)` old statistics had every job scan the cabinet.
const BY_IDS = statements(
  (table) => `(select distinct unnest($3::bigint[]) as id) given
cross join lateral (select * from ${table} where id = given.id limit 1) s`,
  '',
);
const PAGE = statements((table) => `${table} s`, 'and s.id > $3::bigint order by s.id limit $4::bigint');

function statements(from: (table: string) => string, condition: string): Record<SourceName, string> {
  const names = Object.keys(SOURCES) as SourceName[];
  const texts = names.map((name) => [name, selectRows(name, from(`public.${tableOf(name)}`), condition)]);
  return Object.fromEntries(texts) as Record<SourceName, string>;
}

function toChunk(source: SourceName, row: SourceRow): WantedChunk {
  const text = SOURCES[source].toText(row);
  return { source, sourceId: row.id, text, hash: createHash('sha256').update(text, 'utf8').digest('hex') };
}

/** The chunks that these rows call for now. An id without a chunk is gone, filtered or out of the window. Reads only. */
export async function readChunksByIds(
  executor: Executor,
  cabinetId: number,
  windowDays: number,
  source: SourceName,
  ids: readonly number[],
): Promise<WantedChunk[]> {
  const { rows } = await executor.query<SourceRow>(BY_IDS[source], [cabinetId, windowDays, ids]);
  return rows.map((row) => toChunk(source, row));
}

/** Up to `limit` chunks of a cabinet's source, in the order of their rows' ids, after `afterId`. Reads only. */
export async function readChunkPage(
  executor: Executor,
  cabinetId: number,
  windowDays: number,
  source: SourceName,
  afterId: string,
  limit: number,
): Promise<WantedChunk[]> {
  const { rows } = await executor.query<SourceRow>(PAGE[source], [cabinetId, windowDays, afterId, limit]);
  return rows.map((row) => toChunk(source, row));
}

const COUNT_ROWS = `
with w as (select now() - make_interval(days => $2::int) as since)
select (${(Object.keys(SOURCES) as SourceName[])
  .map(
    (name) => `(
  select count(*) from public.${tableOf(name)} s cross join w
  where s.cabinet_id = $1::bigint and (${SOURCES[name].condition})
)`,
  )
  .join(' + ')})::float8 as rows
from public.wb_cabinets where id = $1::bigint and is_active`;

/** How many rows of a cabinet call for a chunk. Reads only. */
export async function countWantedRows(
  executor: Executor,
  cabinetId: number,
  windowDays: number,
): Promise<number> {
  const { rows } = await executor.query<{ rows: number }>(COUNT_ROWS, [cabinetId, windowDays]);
  return rows[0]?.rows ?? 0;
}
