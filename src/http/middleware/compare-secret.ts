import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Whether what somebody shows is the secret. Digests under a key of this process have one length and reveal nothing by the
 * time that comparing them takes.
 */
export function createSecretComparison(secret: string): (shown: Buffer) => boolean {
  const digestKey = randomBytes(32);
  const digest = (bytes: Buffer) => createHmac('sha256', digestKey).update(bytes).digest();
  const expected = digest(Buffer.from(secret, 'utf8'));
  return (shown) => timingSafeEqual(digest(shown), expected);
}
