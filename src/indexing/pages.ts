import type { Database } from '../database/pool.ts';
import { SOURCE_NAMES, type SourceName } from '../source-tables.ts';
import { compareChunks, type Comparison } from './comparison.ts';
import { readStoredByIds, readStoredInRange, type StoredState } from './queries.ts';
import { readChunkPage, readChunksByIds } from './rows.ts';

/** How far the comparison of all rows of a cabinet has come: every row of the sources before this one, and of this one up to the id. */
export interface Position {
  source: SourceName;
  /** `bigint` as text. */
  sourceId: string;
}

/** Before every id, those that somebody wrote by hand below 1 included: the lowest bigint. */
const BEFORE_ALL_IDS = '-9223372036854775808';

export const FIRST_POSITION: Position = { source: SOURCE_NAMES[0], sourceId: BEFORE_ALL_IDS };

export interface ComparedPage {
  comparison: Comparison;
  /** Rows of the page that call for a chunk. */
  rows: number;
  /** `undefined`: that was the last page. */
  next: Position | undefined;
}

export interface PageDeps {
  main: Database;
  vector: Database;
}

export interface PageRequest {
  cabinetId: number;
  windowDays: number;
  models: readonly string[];
  /** Rows read at a time. */
  pageRows: number;
}

/** Compares the rows after a position, and the chunks between them, with what is stored. Reads only. */
export async function comparePage(
  { main, vector }: PageDeps,
  { cabinetId, windowDays, models, pageRows }: PageRequest,
  { source, sourceId }: Position,
): Promise<ComparedPage> {
  const wanted = await readChunkPage(main.pool, cabinetId, windowDays, source, sourceId, pageRows);
  // The last page reaches to the end, so that chunks behind the last row are seen too.
  const upTo = wanted.length < pageRows ? null : wanted.at(-1)!.sourceId;
  // A cabinet that was switched off calls for nothing and may have a million chunks.
  const limit = STORED_PER_ROW * pageRows;
  const stored = await readStoredInRange(vector.pool, cabinetId, source, models, {
    after: sourceId,
    upTo,
    limit,
  });
  const end = endOf(stored, limit) ?? upTo;
  const last = end === null ? undefined : BigInt(end);
  const isWithin = (row: { sourceId: string }) => last === undefined || BigInt(row.sourceId) <= last;
  const within = wanted.filter(isWithin);
  const storedWithin = { chunks: stored.chunks.filter(isWithin), refusals: stored.refusals.filter(isWithin) };
  return {
    comparison: compareChunks(source, within, storedWithin, models),
    rows: within.length,
    next: end === null ? startOfNextSource(source) : { source, sourceId: end },
  };
}

/** Chunks read for a page of rows, at most: so many more may be there that must not be. */
const STORED_PER_ROW = 2;

/** Up to which id what was read is complete; undefined: all of it is. */
function endOf({ chunks, refusals }: StoredState, limit: number): string | undefined {
  const ends = [chunks, refusals]
    .filter((rows) => rows.length === limit)
    .map((rows) =>
      rows.map((row) => BigInt(row.sourceId)).reduce((one, other) => (one > other ? one : other)),
    );
  if (ends.length === 0) return undefined;
  return String(ends.reduce((one, other) => (one < other ? one : other)));
}

/** Compares the rows of a source that have these ids, and their chunks, with what is stored. Reads only. */
export async function compareIds(
  { main, vector }: PageDeps,
  { cabinetId, windowDays, models }: Omit<PageRequest, 'pageRows'>,
  source: SourceName,
  ids: readonly number[],
): Promise<Comparison> {
  const [wanted, stored] = await Promise.all([
    readChunksByIds(main.pool, cabinetId, windowDays, source, ids),
    readStoredByIds(vector.pool, cabinetId, source, models, ids),
  ]);
  return compareChunks(source, wanted, stored, models);
}

function startOfNextSource(source: SourceName): Position | undefined {
  const next = SOURCE_NAMES[SOURCE_NAMES.indexOf(source) + 1];
  return next === undefined ? undefined : { source: next, sourceId: BEFORE_ALL_IDS };
}
