import type { Database } from '../../database/pool.ts';
import { countDeadJobs, listDeadJobs, type DeadJob } from '../../jobs/dead-jobs-queries.ts';
import { hasJobTables } from '../../jobs/queries.ts';
import { ragIndexPayloadSchema } from '../../jobs/queues.ts';
import { countChangedIds } from '../../source-tables.ts';
import { readLastRebuilds, type Rebuild } from '../rebuild/queries.ts';
import {
  FAILURE_KINDS,
  formatPosition,
  jobId,
  rebuildId,
  rowId,
  type Failure,
  type FailureCounts,
  type FailureKind,
  type FailurePosition,
} from './failure.ts';
import { countFailuresOfIndex, listRefusedRows, type RefusedRow } from './queries.ts';

export interface FailureQuery {
  cabinetId?: number | undefined;
  kind?: FailureKind | undefined;
  after?: FailurePosition | undefined;
  limit: number;
}

export interface FailurePage {
  failures: Failure[];
  /** What to ask for as `after` to get more, as text; undefined: this was the last page. */
  nextAfter: string | undefined;
}

interface Placed {
  failure: Failure;
  position: FailurePosition;
}

type Databases = Record<'main' | 'vector', Pick<Database, 'pool'>>;

/**
 * A page of what failed: rebuilds by cabinet, then dead jobs from the oldest, then refused rows by key. One that is there
 * all the time while pages are read is on exactly one of them.
 */
export async function listFailures(databases: Databases, query: FailureQuery): Promise<FailurePage> {
  const kinds = query.kind === undefined ? FAILURE_KINDS : [query.kind];
  const { after } = query;
  const first = after === undefined ? 0 : FAILURE_KINDS.indexOf(after.kind);
  const found: Placed[] = [];
  for (const kind of kinds) {
    // One more than asked for tells whether there is a next page.
    const missing = query.limit + 1 - found.length;
    if (missing === 0 || FAILURE_KINDS.indexOf(kind) < first) continue;
    found.push(...(await LISTS[kind](databases, query.cabinetId, after, missing)));
  }
  const page = found.slice(0, query.limit);
  const last = found.length > query.limit ? page.at(-1) : undefined;
  return {
    failures: page.map(({ failure }) => failure),
    nextAfter: last && formatPosition(last.position),
  };
}

/** How many there are of each kind, of all cabinets or of one. */
export async function countFailures({ main, vector }: Databases, cabinetId?: number): Promise<FailureCounts> {
  const [{ rebuild, row }, job] = await Promise.all([
    countFailuresOfIndex(vector.pool, cabinetId),
    hasJobTables(main.pool).then((there) => (there ? countDeadJobs(main.pool, cabinetId) : 0)),
  ]);
  return { rebuild, job, row };
}

type List = (
  databases: Databases,
  cabinetId: number | undefined,
  after: FailurePosition | undefined,
  limit: number,
) => Promise<Placed[]>;

const LISTS: Record<FailureKind, List> = {
  async rebuild({ vector }, cabinetId, after, limit) {
    const afterCabinet = after?.kind === 'rebuild' ? Number(after.cabinetId) : 0;
    return (await readLastRebuilds(vector.pool, cabinetId))
      .filter((rebuild) => rebuild.status === 'failed' && rebuild.cabinetId > afterCabinet)
      .slice(0, limit)
      .map((rebuild) => ({
        failure: failureOfRebuild(rebuild),
        position: { kind: 'rebuild', cabinetId: String(rebuild.cabinetId) },
      }));
  },
  async job({ main }, cabinetId, after, limit) {
    if (!(await hasJobTables(main.pool))) return [];
    const position = after?.kind === 'job' ? after : undefined;
    return (await listDeadJobs(main.pool, cabinetId, position, limit)).map((job) => ({
      failure: failureOfJob(job),
      position: { kind: 'job', createdAt: job.createdAtText, jobId: job.id },
    }));
  },
  async row({ vector }, cabinetId, after, limit) {
    const position = after?.kind === 'row' ? after : undefined;
    return (await listRefusedRows(vector.pool, cabinetId, position, limit)).map((row) => ({
      failure: failureOfRow(row),
      position: { kind: 'row', ...row },
    }));
  },
};

const NOTHING_MORE = {
  ...{ sourceTable: null, sourceId: null, model: null, changedIds: null, rebuildId: null, attempts: null },
  parked: true,
};

function failureOfRow({ createdAt, ...row }: RefusedRow): Failure {
  const cabinetId = Number(row.cabinetId);
  return { ...NOTHING_MORE, ...row, kind: 'row', id: rowId(row), cabinetId, since: createdAt };
}

function failureOfRebuild(rebuild: Rebuild): Failure {
  const { id, cabinetId, model, error, finishedAt, requestedAt } = rebuild;
  const at = finishedAt ?? requestedAt;
  const reason = error ?? 'No reason is on record.';
  return {
    ...NOTHING_MORE,
    ...{ kind: 'rebuild', id: rebuildId(id), cabinetId, model, rebuildId: id, reason },
    ...{ since: at, updatedAt: at },
  };
}

function failureOfJob(job: DeadJob): Failure {
  const parsed = ragIndexPayloadSchema.safeParse(job.data);
  const payload = parsed.success ? parsed.data : undefined;
  const ids = payload?.changed_ids;
  return {
    ...NOTHING_MORE,
    ...{ kind: 'job', id: jobId(job.id), cabinetId: payload?.cabinet_id ?? null },
    changedIds: ids === undefined ? null : countChangedIds(ids),
    rebuildId: payload?.rebuild?.id ?? null,
    // The one that was the last is not in the payload.
    attempts: payload === undefined ? null : (payload.failures ?? 0) + 1,
    reason: job.reason ?? 'No reason is on record.',
    ...{ since: job.createdAt, updatedAt: job.createdAt },
  };
}
