import { randomUUID } from 'node:crypto';
import { json, noContent, type Answer, type Answerer } from './answer.ts';
import { compileRemains, type Remains, type RemainsGrouping } from './compile-remains.ts';
import { reportError } from './problems.ts';
import { readBoolean, readInteger } from './read-parameters.ts';

interface Task {
  sellerId: string;
  createdAtMs: number;
  statusRequests: number;
  rows: Remains[];
}

const GROUPINGS = [
  'groupByBrand',
  'groupBySubject',
  'groupBySa',
  'groupByNm',
  'groupByBarcode',
  'groupBySize',
] as const satisfies readonly (keyof RemainsGrouping)[];
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** A report is ready after this, or when it is asked after for the second time. */
const READY_AFTER_MS = 1000;
/** A simulator that runs for days does not keep every report. */
const MAX_TASKS = 100;

/** The report on remains in three steps. It is of the moment when it was asked for. */
export function createRemainsAnswers(warehouses: 'hidden' | 'named'): {
  create: Answerer;
  status: Answerer;
  download: Answerer;
} {
  const tasks = new Map<string, Task>();

  function find(taskId: string, sellerId: string): Task | Answer {
    if (!UUID.test(taskId)) {
      const why = `error unmarshaling '${taskId}' text as *uuid.UUID: invalid UUID format`;
      return reportError(400, `Invalid format for parameter task_id: ${why}`);
    }
    const task = tasks.get(taskId);
    return task?.sellerId === sellerId ? task : reportError(404, 'not found');
  }

  return {
    create({ query, shop, at, sellerId }) {
      const grouping: RemainsGrouping = {};
      for (const name of GROUPINGS) {
        const value = readBoolean(query, name);
        if (value === 'empty') return parameterError(name, 'empty value is not allowed');
        if (value === 'wrong') return parameterError(name, `value ${query.get(name)!}: an invalid boolean`);
        grouping[name] = value === true;
      }
      const pictures = readInteger(query, 'filterPics', { min: -1, max: 1 });
      if (pictures === 'wrong') return parameterError('filterPics', 'value is not one of the allowed values');
      const volume = readInteger(query, 'filterVolume', { min: -1, max: 3 });
      if (volume === 'wrong') return parameterError('filterVolume', 'value is not one of the allowed values');
      const rows = compileRemains(shop.cards(at), shop.stocks(at), {
        grouping,
        warehouses,
        pictures: pictures === 'missing' ? 0 : pictures,
        volume: volume === 'missing' ? 0 : volume,
      });
      const taskId = randomUUID();
      tasks.set(taskId, { sellerId, createdAtMs: performance.now(), statusRequests: 0, rows });
      if (tasks.size > MAX_TASKS) tasks.delete(tasks.keys().next().value!);
      return json({ data: { taskId } });
    },

    status({ parameters, sellerId }) {
      const taskId = parameters['task_id']!;
      const task = find(taskId, sellerId);
      if ('contentType' in task) return task;
      task.statusRequests++;
      return json({ data: { id: taskId, status: statusOf(task) } });
    },

    download({ parameters, sellerId }) {
      const task = find(parameters['task_id']!, sellerId);
      if ('contentType' in task) return task;
      if (statusOf(task) !== 'done') return reportError(404, 'not found');
      return task.rows.length === 0 ? noContent() : json(task.rows);
    },
  };
}

function statusOf({ createdAtMs, statusRequests }: Task): 'new' | 'processing' | 'done' {
  const ageMs = performance.now() - createdAtMs;
  if (ageMs >= READY_AFTER_MS || statusRequests > 1) return 'done';
  return ageMs < READY_AFTER_MS / 2 ? 'new' : 'processing';
}

function parameterError(name: string, what: string): Answer {
  return reportError(400, `parameter "${name}" in query has an error: ${what}`);
}
