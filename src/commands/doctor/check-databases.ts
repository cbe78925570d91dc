import type { Database } from '../../database/pool.ts';
import {
  findObstacle,
  isVectorRecent,
  readServerFacts,
  readVectorExtension,
} from '../../database/server-facts.ts';
import { toDatabaseError } from '../../database/sqlstate.ts';
import { messageOf } from '../../errors.ts';
import { milliseconds, START_SERVICE, type Check, type Examination, type Finding } from './finding.ts';

export const checkMainDatabase: Check = {
  name: 'main database',
  needs: [],
  run: (examination) => checkDatabase(checkMainDatabase.name, 'main', examination),
};

export const checkVectorDatabase: Check = {
  name: 'vector database',
  needs: [],
  async run(examination) {
    const { main, vector, available } = examination;
    const check = checkVectorDatabase.name;
    if (vector !== main) return checkDatabase(check, 'vector', examination);
    if (!available.has('main')) return [{ check, status: 'not_checked', detail: 'it is the main one' }];
    available.add('vector');
    return [{ check, status: 'ok', detail: 'it is the main one' }];
  },
};

async function checkDatabase(
  check: string,
  which: 'main' | 'vector',
  examination: Examination,
): Promise<Finding[]> {
  const database = examination[which];
  const variable = which === 'main' ? 'DATABASE_URL' : 'RAG_DATABASE_URL';
  const isOwn = which === 'main' && examination.embedded;
  try {
    // The first statement dials as well; what a statement takes is what matters from then on.
    await readServerFacts(database.pool);
    const started = performance.now();
    const facts = await readServerFacts(database.pool);
    const tookMs = performance.now() - started;
    const obstacle = findObstacle(facts, variable);
    if (obstacle !== undefined) {
      const detail = `${nameOf(database, isOwn)} ${obstacle.detail}`;
      return [{ check, status: 'failed', detail, remedy: obstacle.remedy }];
    }
    examination.available.add(which);
    const detail = `${nameOf(database, isOwn)}, Postgres ${facts.version}, answers in ${milliseconds(tookMs)}`;
    return [{ check, status: 'ok', detail }];
  } catch (error) {
    const detail = messageOf(toDatabaseError(error, database.label));
    const remedy = isOwn
      ? START_SERVICE
      : `Start that server, or set ${variable} right (see docs/config.md).`;
    return [{ check, status: 'failed', detail, remedy }];
  }
}

function nameOf(database: Database, isOwn: boolean): string {
  return isOwn ? database.label.replace('DATABASE_URL', 'the embedded Postgres') : database.label;
}

export const checkVectorExtension: Check = {
  name: 'pgvector',
  needs: ['vector'],
  async run({ vector }) {
    const check = checkVectorExtension.name;
    const { installed, available } = await readVectorExtension(vector.pool);
    if (installed !== null && isVectorRecent(installed))
      return [{ check, status: 'ok', detail: `version ${installed}` }];
    if (installed !== null) {
      const update = 'alter extension vector update;';
      const remedy =
        available !== null && isVectorRecent(available)
          ? `As a superuser, in that database: ${update}`
          : `Upgrade the package on that server, then: ${update}`;
      return [{ check, status: 'failed', detail: `version ${installed}; 0.8 or newer is needed`, remedy }];
    }
    const remedy =
      available === null
        ? 'Install pgvector 0.8 or newer on that server (https://github.com/pgvector/pgvector), then: npx wb-assist migrate up'
        : 'npx wb-assist migrate up, or as a superuser: create extension vector;';
    return [{ check, status: 'failed', detail: 'the vector database has not got it', remedy }];
  },
};
