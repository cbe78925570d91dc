import { isOpenToOthers } from '../../cabinets/tokens/key-file.ts';
import { listStoredTokens } from '../../cabinets/tokens/queries.ts';
import { readTokenKeys } from '../../cabinets/tokens/token-keys.ts';
import { createTokenVault, type TokenState } from '../../cabinets/tokens/token-vault.ts';
import { HOW_TO_MAKE_TOKEN_KEY } from '../../token-key.ts';
import { TOKEN_KEY_FILE } from '../environment.ts';
import { count, type Check, type Finding } from './finding.ts';

/** Whether the tokens of Wildberries are encrypted, and can be decrypted here. */
export const checkTokens: Check = {
  name: 'tokens',
  needs: ['main schema'],
  async run({ main, config, cabinetId }) {
    const check = checkTokens.name;
    const vault = createTokenVault(() => readTokenKeys(config, TOKEN_KEY_FILE));
    const { current, byId, source } = vault.keys();
    const of: Record<TokenState, number[]> = { none: [], clear: [], current: [], older: [], unreadable: [] };
    for (const { cabinetId: id, stored } of await listStoredTokens(main.pool, cabinetId))
      of[vault.stateOf(id, stored)].push(id);

    const findings: Finding[] = [];
    if (of.unreadable.length > 0) {
      const keys = byId.size === 0 ? 'no key' : `only the keys ${[...byId.keys()].join(', ')}`;
      const detail = `no key here decrypts the token of cabinet ${of.unreadable.join(', ')} (there is ${keys})`;
      const remedy = `Put the key back, in WB_TOKEN_KEY, WB_TOKEN_KEY_PREVIOUS or ${TOKEN_KEY_FILE}. Is it lost? Set WB_TOKEN_KEY to a new one (${HOW_TO_MAKE_TOKEN_KEY}), and each of these tokens again: PATCH /api/v1/cabinets/{id}`;
      findings.push({ check, status: 'failed', detail, remedy });
    }
    if (of.clear.length > 0 && current === undefined) {
      const detail = `the token of cabinet ${of.clear.join(', ')} stands in clear, as there is no key`;
      const remedy = `Set WB_TOKEN_KEY (${HOW_TO_MAKE_TOKEN_KEY}), the same for every process, and restart.`;
      findings.push({ check, status: 'warning', detail, remedy });
    }
    if (await isOpenToOthers(TOKEN_KEY_FILE)) {
      const detail = `other users of this machine may read ${TOKEN_KEY_FILE}`;
      findings.push({ check, status: 'warning', detail, remedy: `chmod 600 ${TOKEN_KEY_FILE}` });
    }
    if (findings.length > 0) return findings;
    const waiting = of.clear.length + of.older.length;
    const soon = waiting === 0 ? '' : `; ${count(waiting, 'token')} will be by the next sync`;
    const detail =
      current === undefined
        ? 'no cabinet has a token'
        : `${count(of.current.length, 'token')} encrypted with the key ${current.id} of ${source}${soon}`;
    return [{ check, status: 'ok', detail }];
  },
};
