import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a server keeps of a password: enough to check it, not enough to log in elsewhere. RFC 5802, section 3. */
export interface ScramVerifier {
  salt: Buffer;
  iterations: number;
  storedKey: Buffer;
  serverKey: Buffer;
}

/** One log-in under way: what the server says first, and its answer to the client's proof. */
export interface ScramExchange {
  serverFirst: string;
  /** The server's own signature when the proof is right; undefined when it is not. Throws a ScramError on nonsense. */
  finish(clientFinal: string): string | undefined;
}

/** A message that is not SCRAM-SHA-256. */
export class ScramError extends Error {}

/** PostgreSQL's own number (scram_iterations); some drivers refuse less. */
const ITERATIONS = 4096;

/** The password has to be ASCII: what is beyond it would have to be normalised first (SASLprep). */
export function createScramVerifier(password: string, salt = randomBytes(16)): ScramVerifier {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  return { salt, iterations: ITERATIONS, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/**
 * Answers the first message of a client: SCRAM-SHA-256 as in RFC 5802 and 7677, without channel binding. The user's name in it
 * is passed over, as PostgreSQL does, since the startup packet has said it.
 */
export function beginScram(
  verifier: ScramVerifier,
  clientFirst: string,
  serverNonce = randomBytes(18).toString('base64'),
): ScramExchange {
  const [, header, bare, clientNonce] =
    /^([ny],(?:a=[^,]*)?,)(n=[^,]*,r=([!-+\--~]+)(?:,.*)?)$/s.exec(clientFirst) ?? [];
  if (header === undefined || bare === undefined || clientNonce === undefined)
    throw new ScramError('malformed first message of SCRAM-SHA-256, or one that asks for channel binding');
  const nonce = clientNonce + serverNonce;
  const serverFirst = `r=${nonce},s=${verifier.salt.toString('base64')},i=${verifier.iterations}`;
  return {
    serverFirst,
    finish(clientFinal) {
      const [, unproved, binding, echoed, proof] =
        /^(c=([^,]*),r=([^,]*)(?:,.*)?),p=([^,]*)$/s.exec(clientFinal) ?? [];
      if (unproved === undefined || binding === undefined || proof === undefined)
        throw new ScramError('malformed final message of SCRAM-SHA-256');
      if (binding !== Buffer.from(header).toString('base64') || echoed !== nonce)
        throw new ScramError('the final message of SCRAM-SHA-256 does not belong to the first');
      const message = `${bare},${serverFirst},${unproved}`;
      return proves(verifier, message, Buffer.from(proof, 'base64'))
        ? `v=${hmac(verifier.serverKey, message).toString('base64')}`
        : undefined;
    },
  };
}

function proves({ storedKey }: ScramVerifier, message: string, proof: Buffer): boolean {
  if (proof.length !== storedKey.length) return false;
  const signature = hmac(storedKey, message);
  const clientKey = Buffer.from(proof.map((byte, index) => byte ^ signature[index]!));
  return timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
