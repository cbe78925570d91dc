import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import {
  FACT_NAMES,
  ORACLE_TABLES,
  chunkTextOf,
  factsOf,
  type FactName,
  type TextRow,
} from './oracle-texts.ts';

/**
 * What the index has to hold, worked out from docs/chunks.md and the rows alone, and how it differs from what it does
 * hold. Nothing of src/indexing is used.
 */
export interface ExpectedChunk {
  chunkType: string;
  text: string;
  /** SHA-256 of `text` in UTF-8, in hex. */
  hash: string;
  /** What searches filter by. */
  facts: Readonly<Record<FactName, string | null>>;
}

export interface Finding {
  /** `<cabinet_id>/<source_table>/<source_id>` */
  key: string;
  detail: string;
}

export interface IndexDifferences {
  /** Rows that call for a chunk and have none. */
  missing: Finding[];
  /** Chunks that say something else than their row calls for. */
  stale: Finding[];
  /** Chunks of rows that are gone or call for none. */
  orphaned: Finding[];
  /** Rows with more than one chunk. */
  doubled: Finding[];
  /** Chunks whose hash or vector is not that of their text. */
  wrongVectors: Finding[];
  /** Chunks that a filter takes for something else than their row is. */
  wrongFacts: Finding[];
}

/** Reference vectors, 1536 wide, one a text. */
export type ReferenceEmbed = (
  texts: readonly string[],
) => readonly Float32Array[] | Promise<readonly Float32Array[]>;

export interface OracleOptions {
  windowDays: number;
  /** For which moment the window is worked out; the database's now unless told. */
  now?: Date;
}

export interface CompareOptions extends OracleOptions {
  /** `rag_embeddings.model` under which every chunk must have a vector. */
  model: string;
  embed?: ReferenceEmbed;
  /** Texts that the provider refuses: their rows have no chunk, but an entry in rag_index_failures. */
  refuses?: (text: string) => boolean;
}

/** When a row of the table calls for a chunk, its cabinet being active. $1: the moment, $2: seconds of the window. */
const FILTERS: Readonly<Record<string, string>> = {
  wb_orders: `extract(epoch from coalesce(t.order_date, t.created_at)) >= $1::numeric - $2::numeric`,
  wb_sales: `extract(epoch from coalesce(t.sale_date, t.created_at)) >= $1::numeric - $2::numeric`,
  wb_reviews: `extract(epoch from coalesce(t.created_date, t.created_at)) >= $1::numeric - $2::numeric`,
  wb_products: `(t.is_active or t.is_active is null) and $1::numeric is not null and $2::numeric is not null`,
  wb_stocks: `t.quantity > 0 and $1::numeric is not null and $2::numeric is not null`,
};

/** What every row calls for, by key. Reads all tables in one snapshot. */
export async function expectedChunks(
  mainPool: pg.Pool,
  options: OracleOptions,
): Promise<Map<string, ExpectedChunk>> {
  const client = await mainPool.connect();
  const expected = new Map<string, ExpectedChunk>();
  try {
    await client.query('begin isolation level repeatable read read only');
    // Days of the server's zone: where summer time begins or ends in the window, one has 23 or 25 hours.
    const { rows: edges } = await client.query<{ moment: string; seconds: string }>(
      `select extract(epoch from t.moment)::text as moment,
         extract(epoch from t.moment - (t.moment - make_interval(days => $2::int)))::text as seconds
       from (select coalesce($1::timestamptz, now()) as moment) t`,
      [options.now?.toISOString(), options.windowDays],
    );
    const parameters = [edges[0]!.moment, edges[0]!.seconds];
    for (const [table, spec] of Object.entries(ORACLE_TABLES)) {
      for (const row of await readRows(client, table, spec.times, parameters)) {
        const text = chunkTextOf(table, row);
        expected.set(`${row['cabinet_id'] ?? ''}/${table}/${row['id'] ?? ''}`, {
          chunkType: spec.chunkType,
          text,
          hash: sha256(text),
          facts: factsOf(table, row),
        });
      }
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
  return expected;
}

/** Rows as text, times as seconds since 1970. `rowMode: 'array'` would lose the names, so all columns are cast in SQL. */
async function readRows(
  client: pg.PoolClient,
  table: string,
  times: readonly string[],
  parameters: string[],
): Promise<TextRow[]> {
  const { rows: columns } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [`public.${table}`],
  );
  const list = columns.map(({ name }) =>
    times.includes(name) ? `extract(epoch from t.${name})::text as ${name}` : `t.${name}::text as ${name}`,
  );
  const { rows } = await client.query<Record<string, string | null>>(
    `select ${list.join(', ')},
       (select p.name from public.wb_products p where p.cabinet_id = t.cabinet_id and p.nm_id = t.nm_id)
         as product_name_of_product
     from public.${table} t
     where exists (select from public.wb_cabinets c where c.id = t.cabinet_id and c.is_active) and ${FILTERS[table]!}`,
    parameters,
  );
  return rows;
}

interface StoredChunk {
  key: string;
  chunkType: string;
  text: string;
  hash: string;
  /** `null`: there is no vector of the model. */
  vectorHash: string | null;
  metadataId: string;
  facts: Record<FactName, string | null>;
}

/** Numbers in SQL keep the zeros of what they were written as; rows are compared without. */
const FACTS_AS_TEXT = FACT_NAMES.map((name) =>
  ['rating', 'quantity', 'amount', 'in_way_to_client', 'in_way_from_client'].includes(name)
    ? `'${name}', trim_scale(m.${name})::text`
    : `'${name}', m.${name}::text`,
).join(', ');

/** Compares the index with what the rows call for. */
export async function compareIndex(
  mainPool: pg.Pool,
  vectorPool: pg.Pool,
  options: CompareOptions,
): Promise<IndexDifferences> {
  const expected = await expectedChunks(mainPool, options);
  const refused = new Map([...expected].filter(([, chunk]) => options.refuses?.(chunk.text) ?? false));
  for (const key of refused.keys()) expected.delete(key);
  const { rows: stored } = await vectorPool.query<StoredChunk>(
    `select m.cabinet_id::text || '/' || m.source_table || '/' || m.source_id::text as key, m.chunk_type as "chunkType",
       m.chunk_text as text, m.chunk_hash as hash, e.chunk_hash as "vectorHash", m.id::text as "metadataId",
       json_build_object(${FACTS_AS_TEXT}) as facts
     from rag_metadata m
     left join rag_embeddings e on e.cabinet_id = m.cabinet_id and e.metadata_id = m.id and e.model = $1
     order by m.cabinet_id, m.source_table, m.source_id, m.id`,
    [options.model],
  );

  const differences: IndexDifferences = {
    missing: [],
    stale: [],
    orphaned: [],
    doubled: [],
    wrongVectors: [],
    wrongFacts: [],
  };
  const byKey = Map.groupBy(stored, (chunk) => chunk.key);
  for (const [key, chunk] of expected) {
    if (!byKey.has(key)) differences.missing.push({ key, detail: chunk.text });
  }
  for (const [key, chunks] of byKey) {
    if (new Set(chunks.map((chunk) => chunk.metadataId)).size > 1) {
      differences.doubled.push({ key, detail: `${chunks.length} rows in rag_metadata` });
    }
    const wanted = expected.get(key);
    for (const chunk of chunks) {
      if (wanted === undefined) differences.orphaned.push({ key, detail: chunk.text });
      else if (chunk.text !== wanted.text)
        differences.stale.push({ key, detail: describeTextChange(chunk.text, wanted.text) });
      else if (chunk.chunkType !== wanted.chunkType) {
        differences.stale.push({
          key,
          detail: `chunk_type is ${chunk.chunkType}, should be ${wanted.chunkType}`,
        });
      }
      // Of another text they would be other facts: that it is stale is said already.
      if (wanted?.text === chunk.text && wanted.chunkType === chunk.chunkType) {
        const wrong = FACT_NAMES.filter((name) => chunk.facts[name] !== wanted.facts[name]);
        const described = wrong.map(
          (name) => `${name} is ${chunk.facts[name]}, should be ${wanted.facts[name]}`,
        );
        if (wrong.length > 0) differences.wrongFacts.push({ key, detail: described.join('; ') });
      }
      const fault = describeHashFault(chunk, options.model);
      if (fault !== undefined) differences.wrongVectors.push({ key, detail: fault });
    }
  }
  await compareFailures(vectorPool, refused, differences);
  if (options.embed !== undefined) {
    differences.wrongVectors.push(...(await compareVectors(vectorPool, options.model, options.embed)));
  }
  return differences;
}

/** rag_index_failures has to name exactly the rows whose text is refused, with the hash of that text. */
async function compareFailures(
  vectorPool: pg.Pool,
  refused: ReadonlyMap<string, ExpectedChunk>,
  differences: IndexDifferences,
): Promise<void> {
  const { rows } = await vectorPool.query<{ key: string; hash: string }>(
    `select cabinet_id::text || '/' || source_table || '/' || source_id::text as key, chunk_hash as hash
     from rag_index_failures`,
  );
  const recorded = new Map(rows.map((row) => [row.key, row.hash]));
  for (const [key, chunk] of refused) {
    const hash = recorded.get(key);
    if (hash === undefined)
      differences.missing.push({ key, detail: `no failure is recorded for: ${chunk.text}` });
    else if (hash !== chunk.hash) {
      differences.stale.push({
        key,
        detail: `the failure of ${hash} is recorded, not that of: ${chunk.text}`,
      });
    }
  }
  for (const key of recorded.keys()) {
    if (!refused.has(key))
      differences.orphaned.push({ key, detail: 'a failure is recorded that is none any more' });
  }
}

function describeHashFault(chunk: StoredChunk, model: string): string | undefined {
  if (chunk.hash !== sha256(chunk.text)) {
    return `rag_metadata.chunk_hash is ${chunk.hash}, sha256(chunk_text) is ${sha256(chunk.text)}`;
  }
  if (chunk.vectorHash === null) return `rag_embeddings has no vector of ${model}`;
  if (chunk.vectorHash !== chunk.hash) {
    return `the vector is that of text ${chunk.vectorHash}, the chunk's text is ${chunk.hash}`;
  }
  return undefined;
}

const VECTORS_PER_PAGE = 500;
/** halfvec keeps 11 significant bits, and numbers below 2^-24 become zero. */
const HALF_RELATIVE_ERROR = 2 ** -11;
const HALF_ABSOLUTE_ERROR = 2 ** -24;

async function compareVectors(vectorPool: pg.Pool, model: string, embed: ReferenceEmbed): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let cabinetId = '0', metadataId = '0'; ;) {
    const { rows } = await vectorPool.query<{
      key: string;
      cabinetId: string;
      metadataId: string;
      text: string;
      vector: string;
    }>(
      `select m.cabinet_id::text || '/' || m.source_table || '/' || m.source_id::text as key,
         m.cabinet_id::text as "cabinetId", m.id::text as "metadataId", m.chunk_text as text, e.embedding::text as vector
       from rag_metadata m
       join rag_embeddings e on e.cabinet_id = m.cabinet_id and e.metadata_id = m.id and e.model = $1
       where (m.cabinet_id, m.id) > ($2::bigint, $3::bigint)
       order by m.cabinet_id, m.id
       limit ${VECTORS_PER_PAGE}`,
      [model, cabinetId, metadataId],
    );
    const last = rows.at(-1);
    if (last === undefined) return findings;
    ({ cabinetId, metadataId } = last);
    const wanted = await embed(rows.map((row) => row.text));
    rows.forEach((row, index) => {
      const fault = describeVectorFault(JSON.parse(row.vector) as number[], wanted[index]!);
      if (fault !== undefined) findings.push({ key: row.key, detail: fault });
    });
  }
}

function describeVectorFault(stored: readonly number[], wanted: Float32Array): string | undefined {
  if (stored.length !== wanted.length)
    return `the vector has ${stored.length} dimensions, should have ${wanted.length}`;
  const place = stored.findIndex(
    (value, index) =>
      !(
        Math.abs(value - wanted[index]!) <=
        Math.abs(wanted[index]!) * HALF_RELATIVE_ERROR + HALF_ABSOLUTE_ERROR
      ),
  );
  if (place === -1) return undefined;
  return `the vector is not that of the text: at ${place} it has ${stored[place]!}, should have ${wanted[place]!}`;
}

/** Fails with a readable account of every way in which the index does not follow the data. */
export async function assertIndexFollowsData(
  mainPool: pg.Pool,
  vectorPool: pg.Pool,
  options: CompareOptions,
): Promise<void> {
  const differences = await compareIndex(mainPool, vectorPool, options);
  const account = describeDifferences(differences);
  assert.equal(account, '', `The index does not follow the data.\n${account}`);
}

/**
 * Once everything is quiet, the status of every cabinet has to say `completed`, and as many chunks as there are; and a
 * deleted cabinet has none.
 */
export async function assertStatusIsTrue(mainPool: pg.Pool, vectorPool: pg.Pool): Promise<void> {
  const cabinets = (await mainPool.query<{ id: string }>('select id::text from public.wb_cabinets')).rows;
  const { rows } = await vectorPool.query<{
    cabinetId: string;
    status: string;
    said: string;
    chunks: string;
  }>(
    `select cabinet_id::text as "cabinetId", coalesce(s.indexing_status, 'no status') as status,
       coalesce(s.total_chunks, 0)::text as said, coalesce(m.chunks, 0)::text as chunks
     from rag_index_status s
     full join (select cabinet_id, count(*) as chunks from rag_metadata group by cabinet_id) m using (cabinet_id)
     order by cabinet_id`,
  );
  const untrue = rows.filter(
    (row) =>
      row.status !== 'completed' ||
      row.said !== row.chunks ||
      !cabinets.some((cabinet) => cabinet.id === row.cabinetId),
  );
  assert.deepEqual(untrue, [], 'rag_index_status says something else than what is there');
}

const SHOWN_PER_KIND = 5;

/** '' when there are none. With `onlyKey`: those of one row. */
export function describeDifferences(differences: IndexDifferences, onlyKey?: string): string {
  return Object.entries(differences as unknown as Record<string, Finding[]>)
    .map(([kind, findings]): [string, Finding[]] => [
      kind,
      findings.filter(({ key }) => onlyKey === undefined || key === onlyKey),
    ])
    .filter(([, findings]) => findings.length > 0)
    .map(([kind, findings]) => {
      const shown = findings
        .slice(0, SHOWN_PER_KIND)
        .map(({ key, detail }) => `  ${key}\n${indent(clip(detail))}`);
      const rest =
        findings.length > SHOWN_PER_KIND ? [`  … and ${findings.length - SHOWN_PER_KIND} more`] : [];
      return [`${kind}: ${findings.length}`, ...shown, ...rest].join('\n');
    })
    .join('\n');
}

/** The lines that differ: `-` is in the index, `+` should be. */
function describeTextChange(stored: string, wanted: string): string {
  const storedLines = stored.split('\n');
  const wantedLines = wanted.split('\n');
  const gone = storedLines
    .filter((line) => !wantedLines.includes(line))
    .map((line) => `- ${JSON.stringify(clip(line))}`);
  const due = wantedLines
    .filter((line) => !storedLines.includes(line))
    .map((line) => `+ ${JSON.stringify(clip(line))}`);
  const changed = [...gone, ...due];
  return changed.length > 0 ? changed.join('\n') : 'the same lines in another order or number';
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function clip(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text;
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
