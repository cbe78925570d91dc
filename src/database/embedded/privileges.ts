import { AppError, isAppError } from '../../errors.ts';
import type { Select } from './select.ts';

/** What this needs of PGlite's Emscripten module. */
export interface WasmMemory {
  /** Replaced whenever the memory grows. */
  HEAPU8: Uint8Array;
  /** The address of a variable of Postgres, beside which the others lie. */
  _MyProcPid: number;
}

/** Roles that every Postgres has, with the fixed numbers that they have had since version 10. */
const PROBES = [
  { name: 'pg_monitor', oid: 3373 },
  { name: 'pg_read_all_settings', oid: 3374 },
] as const;
const BOOTSTRAP_SUPERUSER = 10;

/** Postgres' variables take a few dozen kilobytes; as 32-bit words. */
const SEARCHED_WORDS = 256 * 1024;
/** How far apart the linker may put variables of one source file, in words. */
const NEIGHBOURHOOD_WORDS = 64;

/**
 * Makes the engine's one backend `role`'s, for good. A stand-alone Postgres takes whoever starts it for the superuser, and
 * lets that one come back from any SET ROLE or SET SESSION AUTHORIZATION. On a server a log-in sets a variable of its own,
 * AuthenticatedUserId (src/backend/utils/init/miscinit.c), against which both are checked, and from which no SQL leads back.
 * PGlite exports no function that sets it, so it is found in the memory and set here. What was found is proved by Postgres
 * itself: it has to refuse from then on what only a superuser may. Throws when it does not.
 */
export function becomeForGood(role: string, select: Select, memory: WasmMemory): void {
  const words = () => new Uint32Array(memory.HEAPU8.buffer);
  const oid = Number(select(`select oid from pg_catalog.pg_roles where rolname = '${role}'`)[0]?.[0]);
  const sessionUser = findSessionUser(select, memory);
  select(`set session authorization ${role}`);
  const from = sessionUser - NEIGHBOURHOOD_WORDS;
  for (let at = from; at < sessionUser + NEIGHBOURHOOD_WORDS; at += 1) {
    if (words()[at] !== BOOTSTRAP_SUPERUSER) continue;
    words()[at] = oid;
    if (!maySwitchBack(select)) return;
    words()[at] = BOOTSTRAP_SUPERUSER;
    select(`set session authorization ${role}`);
  }
  throw notFound();
}

/** Three variables beside one another hold who the session's user is; told apart from all else by changing it twice. */
function findSessionUser(select: Select, memory: WasmMemory): number {
  const middle = memory._MyProcPid / Uint32Array.BYTES_PER_ELEMENT;
  let candidates: number[] | undefined;
  for (const { name, oid } of PROBES) {
    select(`set session authorization ${name}`);
    const words = new Uint32Array(memory.HEAPU8.buffer);
    const isIt = (at: number) => words[at] === oid && words[at + 1] === oid && words[at + 2] === oid;
    candidates ??= Array.from(
      { length: 2 * SEARCHED_WORDS },
      (_, index) => Math.trunc(middle) - SEARCHED_WORDS + index,
    );
    candidates = candidates.filter(isIt);
  }
  if (candidates?.length !== 1) throw notFound();
  return candidates[0]!;
}

function maySwitchBack(select: Select): boolean {
  try {
    select(`set session authorization ${PROBES[0].name}`);
    return true;
  } catch (error) {
    if (isAppError(error, 'database_failed')) return false;
    throw error;
  }
}

function notFound(): AppError {
  return new AppError(
    'internal',
    'The embedded Postgres could not be made to serve its clients without the rights of a superuser, so it does not start. It fits one version of @electric-sql/pglite: install the one of package-lock.json by npm ci.',
  );
}
