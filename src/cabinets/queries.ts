import type { Executor } from '../database/pool.ts';
import type { Cabinet, CabinetChanges, NewCabinet } from './cabinet.ts';

/** The only list of columns that leaves this file. api_key is not in it. */
const COLUMNS = `id, name, is_active as "isActive", coalesce(api_key, '') <> '' as "hasApiKey",
  last_sync_at as "lastSyncAt", created_at as "createdAt", updated_at as "updatedAt"`;

/** Takes no lock beyond its own row. Not idempotent: names need not be unique, so each call makes a cabinet. */
const INSERT_CABINET = `
  insert into wb_cabinets (name, is_active)
  values ($1::text, $2::boolean)
  returning ${COLUMNS}`;

/**
 * A page in the order of ids, after a given one. Reads only. Ids beyond JavaScript's exact integers can only come from a
 * hand-written insert; one such row must not make the others unreadable.
 */
const LIST_CABINETS = `
  select ${COLUMNS}
  from wb_cabinets
  where id > $1::bigint and id <= 9007199254740991
  order by id
  limit $2::integer`;

const GET_CABINET = `select ${COLUMNS} from wb_cabinets where id = $1::bigint`;

const CABINET_EXISTS = `select exists (select from wb_cabinets where id = $1::bigint) as there`;

/** Locks the row until commit. Idempotent; one that changes nothing leaves updated_at alone (migration 008). */
const UPDATE_CABINET = `
  update wb_cabinets
  set name = coalesce($2::text, name), api_key = coalesce($3::text, api_key), is_active = coalesce($4::boolean, is_active)
  where id = $1::bigint
  returning ${COLUMNS}`;

/** Cascades to all rows of the cabinet and waits for writers of any of them. The capture triggers see to its chunks. */
const DELETE_CABINET = `delete from wb_cabinets where id = $1::bigint returning ${COLUMNS}`;

type Row = Omit<Cabinet, 'id'> & { id: string };

/** `pg` hands bigint over as text. A timestamp that is no Date is Postgres' `infinity`: nothing that can be shown. */
function toCabinet(row: Row): Cabinet {
  return {
    ...row,
    id: Number(row.id),
    lastSyncAt: row.lastSyncAt instanceof Date ? row.lastSyncAt : null,
  };
}

/** Without its token, which is encrypted for the id that the row gets here. */
export async function insertCabinet(
  executor: Executor,
  { name, isActive = true }: Omit<NewCabinet, 'apiKey'>,
): Promise<Cabinet> {
  const { rows } = await executor.query<Row>(INSERT_CABINET, [name, isActive]);
  return toCabinet(rows[0]!);
}

export async function listCabinets(
  executor: Executor,
  page: { afterId: number; limit: number },
): Promise<Cabinet[]> {
  const { rows } = await executor.query<Row>(LIST_CABINETS, [page.afterId, page.limit]);
  return rows.map(toCabinet);
}

export async function getCabinet(executor: Executor, id: number): Promise<Cabinet | undefined> {
  const { rows } = await executor.query<Row>(GET_CABINET, [id]);
  return rows[0] && toCabinet(rows[0]);
}

export async function cabinetExists(executor: Executor, id: number): Promise<boolean> {
  const { rows } = await executor.query<{ there: boolean }>({
    name: 'cabinet_exists',
    text: CABINET_EXISTS,
    values: [id],
  });
  return rows[0]?.there ?? false;
}

/** The cabinet as it is afterwards; undefined when there is none. `apiKey`: in the form that is stored. */
export async function updateCabinet(
  executor: Executor,
  id: number,
  changes: CabinetChanges,
): Promise<Cabinet | undefined> {
  const { rows } = await executor.query<Row>(UPDATE_CABINET, [
    id,
    changes.name ?? null,
    changes.apiKey ?? null,
    changes.isActive ?? null,
  ]);
  return rows[0] && toCabinet(rows[0]);
}

/** The cabinet as it was; undefined when there was none. */
export async function deleteCabinet(executor: Executor, id: number): Promise<Cabinet | undefined> {
  const { rows } = await executor.query<Row>(DELETE_CABINET, [id]);
  return rows[0] && toCabinet(rows[0]);
}

const LIST_ACTIVE_CABINET_IDS = `
  select id::float8 as id from wb_cabinets where is_active and id <= 9007199254740991 order by id`;

/** Reads only. */
export async function listActiveCabinetIds(executor: Executor): Promise<number[]> {
  const { rows } = await executor.query<{ id: number }>(LIST_ACTIVE_CABINET_IDS);
  return rows.map(({ id }) => id);
}
