import { PART_NAMES, partFor, type PartName } from './parts.ts';
import type { Session } from './session.ts';

/** A scheduled run takes a part along when its first request may go within this time. */
const DUE_WITHIN_MS = 30_000;

/** Parts whose limits allow a request about now, and with them those that the token does not permit, to say so. */
export async function dueParts({ token, client }: Session): Promise<PartName[]> {
  const soon = Date.now() + DUE_WITHIN_MS;
  const due: PartName[] = [];
  const refused: PartName[] = [];
  for (const name of PART_NAMES) {
    const { endpoint } = partFor(name, token.type);
    if (client.permission(endpoint) !== 'allowed') refused.push(name);
    else if ((await client.nextAllowedAt(endpoint)).getTime() <= soon) due.push(name);
  }
  if (due.length === 0) return [];
  return PART_NAMES.filter((name) => due.includes(name) || refused.includes(name));
}
