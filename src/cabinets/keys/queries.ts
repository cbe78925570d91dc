import type { Executor } from '../../database/pool.ts';
import { cabinetNotFound } from '../cabinet.ts';
import { generateKey, hashKey, startOfKey, type CabinetKey } from './cabinet-key.ts';

/** The only list of columns that leaves this file. key_hash is not in it. */
const COLUMNS = `id, cabinet_id as "cabinetId", name, key_start as "keyStart", created_at as "createdAt",
  last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

/** Takes the key-share lock of the cabinet that a foreign key takes. Not idempotent: each call makes a key. No row: no such cabinet. */
const INSERT_KEY = `
  insert into wb_cabinet_keys (cabinet_id, name, key_hash, key_start)
  select id, $2::text, $3::bytea, $4::text from wb_cabinets where id = $1::bigint
  returning ${COLUMNS}`;

/** A page in the order of ids, after a given one; revoked keys are among them. Reads only. */
const LIST_KEYS = `
  select ${COLUMNS}
  from wb_cabinet_keys
  where cabinet_id = $1::bigint and id > $2::bigint
  order by id
  limit $3::integer`;

/** Locks the row until commit. Idempotent: a key that was revoked keeps the time when it was. */
const REVOKE_KEY = `
  update wb_cabinet_keys set revoked_at = coalesce(revoked_at, clock_timestamp())
  where id = $1::bigint and cabinet_id = coalesce($2::bigint, cabinet_id)
  returning ${COLUMNS}`;

/** Reads one row by a unique index. The hash is compared by the database: how long that takes says nothing of a key. */
const FIND_VALID_KEY = `
  select id, cabinet_id, coalesce(last_used_at < now() - interval '1 minute', true) as "isUseOld"
  from wb_cabinet_keys
  where key_hash = $1::bytea and revoked_at is null`;

/** Reads by the primary key. */
const FIND_VALID_IDS = `select id from wb_cabinet_keys where id = any($1::bigint[]) and revoked_at is null`;

/** Once a minute at most. Skips a row that somebody has locked, so it waits for nobody; that somebody may be writing the same. */
const NOTE_USE = `
  update wb_cabinet_keys set last_used_at = now()
  where id = (
    select id from wb_cabinet_keys
    where id = $1::bigint and (last_used_at is null or last_used_at < now() - interval '1 minute')
    for update skip locked
  )`;

type Row = Omit<CabinetKey, 'id' | 'cabinetId'> & { id: string; cabinetId: string };

function toKey(row: Row): CabinetKey {
  return { ...row, id: Number(row.id), cabinetId: Number(row.cabinetId) };
}

/** Resolves to the key itself, too; nobody can be told it again. Throws `cabinet_not_found`. */
export async function insertKey(
  executor: Executor,
  cabinetId: number,
  name: string,
): Promise<CabinetKey & { key: string }> {
  const key = generateKey();
  const { rows } = await executor.query<Row>(INSERT_KEY, [cabinetId, name, hashKey(key), startOfKey(key)]);
  if (rows[0] === undefined) throw cabinetNotFound(cabinetId);
  return { ...toKey(rows[0]), key };
}

export async function listKeys(
  executor: Executor,
  cabinetId: number,
  page: { afterId: number; limit: number },
): Promise<CabinetKey[]> {
  const { rows } = await executor.query<Row>(LIST_KEYS, [cabinetId, page.afterId, page.limit]);
  return rows.map(toKey);
}

/** The key as it is afterwards; undefined when there is none of this id (of this cabinet, if one is given). */
export async function revokeKey(
  executor: Executor,
  id: number,
  cabinetId?: number,
): Promise<CabinetKey | undefined> {
  const { rows } = await executor.query<Row>(REVOKE_KEY, [id, cabinetId ?? null]);
  return rows[0] && toKey(rows[0]);
}

export interface ValidKey {
  id: number;
  cabinetId: number;
  /** It was not used within the last minute, as far as is written down. */
  isUseOld: boolean;
}

/** Undefined: unknown or revoked. */
export async function findValidKey(executor: Executor, key: string): Promise<ValidKey | undefined> {
  const { rows } = await executor.query<{ id: string; cabinet_id: string; isUseOld: boolean }>(
    FIND_VALID_KEY,
    [hashKey(key)],
  );
  const [row] = rows;
  return row && { id: Number(row.id), cabinetId: Number(row.cabinet_id), isUseOld: row.isUseOld };
}

export async function noteUse(executor: Executor, id: number): Promise<void> {
  await executor.query(NOTE_USE, [id]);
}

/** Those ids that belong to keys which are not revoked. */
export async function findValidIds(executor: Executor, ids: readonly number[]): Promise<Set<number>> {
  const { rows } = await executor.query<{ id: string }>(FIND_VALID_IDS, [ids]);
  return new Set(rows.map(({ id }) => Number(id)));
}
