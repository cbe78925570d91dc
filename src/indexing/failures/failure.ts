/**
 * What was not indexed, or not wholly, and is not, or not soon, tried again by itself: `row`, whose text a provider refused or
 * takes the beginning of alone; `job`, of the dead letters; `rebuild`, the last one of a cabinet, which was given up.
 */
export const FAILURE_KINDS = ['rebuild', 'job', 'row'] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

/** The same fields for every kind; null: the kind has no such thing, or it is not known. `bigint` keys are text. */
export interface Failure {
  kind: FailureKind;
  /** Stays the same as long as it is there; what `retry` takes. */
  id: string;
  cabinetId: number | null;
  sourceTable: string | null;
  sourceId: string | null;
  /** Whose provider refused the text, or whose vectors the rebuild was to complete. */
  model: string | null;
  /** Of a job: how many rows it names; null: all rows, or a slice of a rebuild. */
  changedIds: number | null;
  /** Of a rebuild, and of a job that was a slice of one. */
  rebuildId: string | null;
  /** How often it was tried. */
  attempts: number | null;
  /** Nothing tries it again by itself, unless the text of the row changes. */
  parked: boolean;
  reason: string;
  since: Date;
  updatedAt: Date;
}

export type FailureCounts = Record<FailureKind, number>;

/** Where a page of failures ended. */
export type FailurePosition =
  | { kind: 'rebuild'; cabinetId: string }
  | { kind: 'job'; createdAt: string; jobId: string }
  | { kind: 'row'; cabinetId: string; sourceTable: string; sourceId: string };

export const rowId = (row: { cabinetId: string; sourceTable: string; sourceId: string }) =>
  `row:${row.cabinetId}/${row.sourceTable}/${row.sourceId}`;
export const jobId = (id: string) => `job:${id}`;
export const rebuildId = (id: string) => `rebuild:${id}`;

export type FailureKey =
  | { kind: 'rebuild'; rebuildId: string }
  | { kind: 'job'; jobId: string }
  | { kind: 'row'; cabinetId: string; sourceTable: string; sourceId: string };

// A bigint has up to 19 digits; 18 are always one.
const ROW = /^row:(\d{1,18})\/(wb_[a-z]{1,40})\/(\d{1,18})$/;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const JOB = new RegExp(`^job:(${UUID})$`);
const REBUILD = /^rebuild:(\d{1,18})$/;
const JOB_POSITION = new RegExp(`^job:(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z)/(${UUID})$`);

/** What an id names; undefined: nothing can have it. */
export function parseFailureId(id: string): FailureKey | undefined {
  const row = parseRow(id);
  if (row !== undefined) return row;
  const job = JOB.exec(id)?.[1];
  if (job !== undefined) return { kind: 'job', jobId: job };
  const rebuild = REBUILD.exec(id)?.[1];
  return rebuild === undefined ? undefined : { kind: 'rebuild', rebuildId: rebuild };
}

/** A position as text, for whoever asks for the next page. */
export function formatPosition(position: FailurePosition): string {
  switch (position.kind) {
    case 'row':
      return rowId(position);
    case 'job':
      return `job:${position.createdAt}/${position.jobId}`;
    case 'rebuild':
      return `rebuild:${position.cabinetId}`;
  }
}

export function parsePosition(text: string): FailurePosition | undefined {
  const row = parseRow(text);
  if (row !== undefined) return row;
  const [, createdAt, job] = JOB_POSITION.exec(text) ?? [];
  if (createdAt !== undefined && job !== undefined && !Number.isNaN(Date.parse(createdAt)))
    return { kind: 'job', createdAt, jobId: job };
  const cabinetId = REBUILD.exec(text)?.[1];
  return cabinetId === undefined ? undefined : { kind: 'rebuild', cabinetId };
}

function parseRow(text: string) {
  const [, cabinetId, sourceTable, sourceId] = ROW.exec(text) ?? [];
  if (cabinetId === undefined || sourceTable === undefined || sourceId === undefined) return undefined;
  return { kind: 'row' as const, cabinetId, sourceTable, sourceId };
}
