import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { keyNotFound, type CabinetKey } from '../cabinets/keys/cabinet-key.ts';
import { insertKey, listKeys, revokeKey } from '../cabinets/keys/queries.ts';
import { cabinetExists } from '../cabinets/queries.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { AppError } from '../errors.ts';
import { keyName, toKeyAnswer } from '../http/routes/cabinet-keys.ts';
import { silentLog } from '../log.ts';
import { openDatabases, type OpenDatabases } from './databases.ts';
import { readConfig } from './environment.ts';
import { parseCabinet } from './status.ts';

/** More than anybody reads; the HTTP API has them page by page. */
const MAX_SHOWN = 1000;

/** Shows the keys of a cabinet, without what they open it with. */
export async function keys(cabinet: string, options: { json?: true }): Promise<void> {
  const cabinetId = parseCabinet(cabinet);
  await withMain(async (main) => {
    const found = await listKeys(main.pool, cabinetId, { afterId: 0, limit: MAX_SHOWN });
    if (found.length === 0 && !(await cabinetExists(main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    if (options.json === true) console.log(JSON.stringify(found.map(toKeyAnswer), undefined, 2));
    else if (found.length === 0)
      console.log(`No keys. To make one: wb-assist keys create ${cabinetId} "what it is for"`);
    else for (const key of found) console.log(describe(key));
  });
}

/** Makes a key and shows it. Nothing else is on stdout, so that a script can keep it. */
export async function createKey(cabinet: string, name: string, options: { json?: true }): Promise<void> {
  const cabinetId = parseCabinet(cabinet);
  const parsed = keyName.safeParse(name);
  if (!parsed.success)
    throw new AppError('invalid_request', `The name ${parsed.error.issues[0]?.message ?? 'is malformed'}.`);
  await withMain(async (main) => {
    const { key, ...made } = await insertKey(main.pool, cabinetId, parsed.data);
    if (options.json === true) {
      console.log(JSON.stringify({ ...toKeyAnswer(made), key }, undefined, 2));
      return;
    }
    console.log(key);
    console.error(
      `This is key ${made.id} of cabinet ${cabinetId}. It is not kept and cannot be shown again. It may read, search and chat in this cabinet.`,
    );
  });
}

/** Revokes a key, of whichever cabinet. Harmless when it was revoked before. */
export async function endKey(text: string): Promise<void> {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new AppError(
      'invalid_request',
      `"${text}" is not the id of a key: it is a whole number, see: wb-assist keys <cabinet>`,
    );
  await withMain(async (main) => {
    const revoked = await revokeKey(main.pool, id);
    if (revoked === undefined) throw keyNotFound(id);
    console.log(`Key ${id} (${revoked.name}) of cabinet ${revoked.cabinetId} opens nothing any more.`);
  });
}

async function withMain(work: (main: OpenDatabases['main']) => Promise<void>): Promise<void> {
  const databases = await openDatabases(readConfig(), silentLog());
  try {
    await work(databases.main);
  } catch (error) {
    throw toDatabaseError(error, databases.main.label);
  } finally {
    await databases.close();
  }
}

function describe(key: CabinetKey): string {
  const { created_at: created, last_used_at: used, revoked_at: revoked } = toKeyAnswer(key);
  const state = revoked === null ? `last used ${used ?? 'never'}` : `revoked ${revoked}`;
  return `${key.id}  ${key.keyStart}…  ${key.name}\n   created ${created ?? 'at an unknown time'}, ${state}`;
}
