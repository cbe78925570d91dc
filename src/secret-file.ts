import { readFileSync } from 'node:fs';

/**
 * A secret from a file, as Docker and Kubernetes mount them: without the line break that editors put behind it, and the byte
 * order mark that some put before it.
 *
 * @throws Error that says what is wrong with the file, never what is in it
 */
export function readSecretFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(
      `the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      {
        cause: error,
      },
    );
  }
  if (bytes.includes(0)) throw new Error(`the file ${path} is no UTF-8 text`);
  const secret = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim();
  if (secret === '') throw new Error(`the file ${path} is empty`);
  return secret;
}
