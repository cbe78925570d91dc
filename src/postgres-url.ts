import { readFileSync } from 'node:fs';

const FORM = 'postgres://user:password@host:5432/database';

/** Characters of a password that mean something else in a URL, and what they are written as there. */
const ENCODED: readonly [character: string, written: string][] = [
  ['#', '%23'],
  ['?', '%3F'],
  ['/', '%2F'],
];

/** What `pg` and libpq know. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** Parameters that name a file which `pg` reads when it connects. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey'];

/**
 * What is wrong with the URL of a database, as the end of a sentence that begins with its variable; undefined: nothing that can be
 * known without a connection. Never quotes a password.
 */
export function findPostgresUrlFault(text: string): string | undefined {
  if (/^["'].*["']$/s.test(text)) return `the quotes belong to the value: write it without them (${FORM})`;
  if (/^\s*(host|hostaddr|dbname|user|port)\s*=/.test(text)) return `expected a URL, not keywords: ${FORM}`;
  const scheme = /^([a-z][a-z0-9.+-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'postgres' && scheme !== 'postgresql') {
    const driver = /^postgres(?:ql)?\+(\w+)$/.exec(scheme)?.[1];
    if (driver !== undefined) return `${scheme}:// is a URL of SQLAlchemy: leave +${driver} out (${FORM})`;
    if (scheme === 'jdbc') return `jdbc: is of Java: leave it out (${FORM})`;
    return `expected a URL of the form ${FORM}, not one of ${scheme}:`;
  }
  return findRawCharacter(text) ?? findFaultOfForm(text);
}

/** A raw # or ? or / in the password ends what comes before the @ too early, and then the rest is taken for something else. */
function findRawCharacter(text: string): string | undefined {
  const rest = text.replace(/^[a-z]+:\/\//i, '');
  const end = rest.search(/[/?#]/);
  const at = rest.lastIndexOf('@');
  // In the query an @ is an @: ?application_name=a@b. But before that nothing but a host may stand.
  const isInUser =
    end >= 0 && at > end && !rest.slice(0, end).includes('@') && rest.slice(0, end).includes(':');
  if (!isInUser) return undefined;
  const raw = ENCODED.find(([character]) => rest[end] === character);
  return raw && `the password has a raw ${raw[0]}, which ends a part of a URL: write it ${raw[1]}`;
}

function findFaultOfForm(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !isDecodable(text)) {
    const [, hosts = ''] = /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(text) ?? [];
    if (hosts.includes(','))
      return `it names several hosts, and one is needed: the server that takes writes (${FORM})`;
    return `expected a URL of the form ${FORM} (in user and password, @ is written %40, : is %3A, / is %2F, # is %23, ? is %3F, a space is %20 and % is %25)`;
  }
  if (url.hash !== '') return 'it has a raw #, which ends a URL: in a user, password or name write it %23';
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) return `sslmode is one of ${SSL_MODES.join(', ')}`;
  for (const name of FILES) {
    const file = url.searchParams.get(name);
    if (file === null || file === '') continue;
    try {
      readFileSync(file);
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      return `${name} names the file ${file}, which cannot be read (${code})`;
    }
  }
  return undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
