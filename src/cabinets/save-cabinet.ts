import type { Database } from '../database/pool.ts';
import type { Cabinet, CabinetChanges, NewCabinet } from './cabinet.ts';
import { insertCabinet, updateCabinet } from './queries.ts';
import { formToStore } from './tokens/stored-tokens.ts';
import type { TokenVault } from './tokens/token-vault.ts';

export interface SaveCabinetDeps {
  main: Database;
  vault: TokenVault;
}

/** Makes a cabinet whose token is encrypted. @throws AppError `wb_token_unreadable`: the key is lost */
export async function createCabinet({ main, vault }: SaveCabinetDeps, cabinet: NewCabinet): Promise<Cabinet> {
  const { apiKey, ...rest } = cabinet;
  return main.transaction(async (tx) => {
    const { id } = await insertCabinet(tx, rest);
    const changes = { apiKey: await formToStore(tx, vault, id, apiKey) };
    return (await updateCabinet(tx, id, changes))!;
  });
}

/** The cabinet as it is afterwards; undefined when there is none. A token is encrypted as in `createCabinet`. */
export async function changeCabinet(
  { main, vault }: SaveCabinetDeps,
  id: number,
  { apiKey, ...rest }: CabinetChanges,
): Promise<Cabinet | undefined> {
  const stored = apiKey === undefined ? undefined : await formToStore(main.pool, vault, id, apiKey);
  return updateCabinet(main.pool, id, { ...rest, apiKey: stored });
}
