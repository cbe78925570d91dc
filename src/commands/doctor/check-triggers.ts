import {
  readDeclared,
  type Declared,
  type DeclaredFunction,
  type DeclaredTrigger,
} from '../../database/declared-triggers.ts';
import { messageOf } from '../../errors.ts';
import { requestRebuildOfAll } from '../../indexing/rebuild/weekly.ts';
import { count, type Check, type Examination, type Finding, type Repair } from './finding.ts';
import { readFunctions, readReplicaRoles, readTriggers, type TriggerState } from './queries.ts';

/** These fire for whoever writes; D never fires, R only for what a replication subscription writes. */
const FIRING = new Set(['O', 'A']);
/** Without one of these, changes went by unseen. */
const CAPTURE = /^rag_/;
/** DDL waits for whoever writes to the table, and lets nobody in behind it. */
const LOCK_TIMEOUT = `set local lock_timeout = '10s'`;
const REMEDY = 'npx wb-assist doctor --repair';

export const checkTriggers: Check = {
  name: 'triggers',
  // Their repair has every cabinet compared, which is for the vector database to note.
  needs: ['main schema'],
  async run(examination) {
    const check = checkTriggers.name;
    const { pool } = examination.main;
    const declared = readDeclared('main');
    const faults = [
      ...findFunctionFaults(
        declared,
        await readFunctions(
          pool,
          declared.functions.map(({ name }) => name),
        ),
      ),
      ...findTriggerFaults(declared, await readTriggers(pool)),
    ];
    const findings: Finding[] = [];
    if (faults.length > 0) {
      const repair = repairOf(faults, examination);
      for (const { detail } of faults)
        findings.push({ check, status: 'failed', detail, remedy: REMEDY, repair });
    }
    for (const { role, database } of await readReplicaRoles(pool)) {
      const detail = `session_replication_role is replica by default (${role}, ${database}): what is written so is not captured`;
      const remedy = `alter role or alter database … reset session_replication_role; then: ${REMEDY}`;
      findings.push({ check, status: 'warning', detail, remedy });
    }
    if (findings.length > 0) return findings;
    const { triggers, functions } = declared;
    const detail = `${count(triggers.length, 'trigger')} in place and enabled, ${count(functions.length, 'function')} as migrated`;
    return [{ check, status: 'ok', detail }];
  },
};

interface Fault {
  detail: string;
  captures: boolean;
  statements: readonly string[];
}

function findFunctionFaults(
  { functions }: Declared,
  found: readonly Pick<DeclaredFunction, 'name' | 'body' | 'securityDefiner'>[],
): Fault[] {
  return functions.flatMap((wanted) => {
    const same = found.filter(({ name }) => name === wanted.name);
    const fault = (what: string): Fault[] => [
      {
        detail: `function ${wanted.name} ${what}`,
        captures: CAPTURE.test(wanted.name),
        statements: [wanted.statement],
      },
    ];
    if (same.length === 0) return fault('is missing');
    const isAsMigrated = same.some(
      ({ body, securityDefiner }) => body === wanted.body && securityDefiner === wanted.securityDefiner,
    );
    return isAsMigrated ? [] : fault('is not as the migrations made it');
  });
}

function findTriggerFaults({ triggers }: Declared, found: readonly TriggerState[]): Fault[] {
  const states = new Map(found.map((state) => [`${state.name} on ${state.table}`, state]));
  return triggers.flatMap((wanted: DeclaredTrigger): Fault[] => {
    const name = `${wanted.name} on ${wanted.table}`;
    const state = states.get(name);
    const captures = CAPTURE.test(wanted.name);
    if (state === undefined)
      return [{ detail: `trigger ${name} is missing`, captures, statements: [wanted.statement] }];
    if (state.function !== wanted.function) {
      const detail = `trigger ${name} calls ${state.function} instead of ${wanted.function}`;
      const drop = `drop trigger ${wanted.name} on public.${wanted.table}`;
      return [{ detail, captures, statements: [drop, wanted.statement] }];
    }
    if (FIRING.has(state.enabled)) return [];
    const detail = `trigger ${name} is ${state.enabled === 'D' ? 'disabled' : 'enabled for replication only'}`;
    const enable = `alter table public.${wanted.table} enable trigger ${wanted.name}`;
    return [{ detail, captures, statements: [enable] }];
  });
}

/** All of them in one transaction, functions first; whatever was written meanwhile is found by comparing every cabinet. */
function repairOf(faults: readonly Fault[], examination: Examination): Repair {
  return {
    does: `restore triggers and functions as the migrations made them (${faults.length})`,
    async run() {
      await examination.main.transaction(async (client) => {
        await client.query(LOCK_TIMEOUT);
        await client.query('set local search_path = public');
        for (const statement of faults.flatMap(({ statements }) => statements)) await client.query(statement);
      });
      if (!faults.some(({ captures }) => captures)) return 'put back';
      return `put back; ${await compareEverything(examination)}`;
    },
  };
}

async function compareEverything(examination: Examination): Promise<string> {
  const { main, vector, available, log } = examination;
  const byHand = 'rows may have changed unseen: have every cabinet rebuilt (npx wb-assist rebuild --all)';
  if (!available.has('vector schema')) return byHand;
  try {
    const jobs = await examination.jobs();
    const rebuilds = await requestRebuildOfAll({ main, vector, jobs, log }, 'repair');
    return `rows may have changed unseen, so a rebuild of ${count(rebuilds.length, 'cabinet')} was requested`;
  } catch (error) {
    return `${byHand}, which could not be requested: ${messageOf(error)}`;
  }
}
