import { AppError } from '../errors.ts';
import type { WbApiLocation } from './endpoints.ts';
import { makeToken, uuidOf } from './make-token.ts';
import { SCOPE_BITS, decodeToken, type Scope, type WbToken } from './token.ts';

/** Turns a cabinet's key into a token. Throws `wb_token_missing` or `wb_token_invalid`. */
export type ReadCabinetToken = (cabinetId: number, apiKey: string) => WbToken;

/** Remedies of the client and of tokens say `cabinets/{id}`, because neither knows the cabinet. */
export function nameCabinet(message: string, cabinetId: number): string {
  return message.replaceAll('cabinets/{id}', `cabinets/${cabinetId}`);
}

/** What every JSON web token begins with: one that is cut short must not pass for a made-up seller. */
const LOOKS_LIKE_TOKEN = /^\s*(bearer\s+)?eyJ/i;

/**
 * How keys are read for where the Wildberries API is. The simulator takes real tokens like the real one; a cabinet whose
 * key is none (`YOUR_WB_API_KEY`) gets one made up, so that everything can be tried without.
 */
export function createCabinetTokenReader(kind: WbApiLocation['kind']): ReadCabinetToken {
  return (cabinetId, apiKey) => {
    if (kind === 'simulator' && !LOOKS_LIKE_TOKEN.test(apiKey)) return simulatedToken(cabinetId);
    if (apiKey.trim() === '') {
      throw new AppError(
        'wb_token_missing',
        `Cabinet ${cabinetId} has no key of the Wildberries API. Set it: PATCH /api/v1/cabinets/${cabinetId} with {"api_key": "…"}.`,
        { details: { cabinet_id: cabinetId } },
      );
    }
    return decodeToken(apiKey);
  };
}

const FAR_AWAY = new Date('2099-01-01T00:00:00Z');

/** The same for the same cabinet, so that its shop is the same after a restart. */
function simulatedToken(cabinetId: number): WbToken {
  return decodeToken(
    makeToken({
      sellerId: uuidOf(`simulated seller of cabinet ${cabinetId}`),
      type: 'personal',
      scopes: Object.keys(SCOPE_BITS) as Scope[],
      readOnly: true,
      expiresAt: FAR_AWAY,
    }),
  );
}
