import { SOURCE_NAMES, type SourceName } from '../source-tables.ts';
import type { Comparison } from './comparison.ts';
import type { CabinetModels } from './lease.ts';
import { compareIds, comparePage, FIRST_POSITION, type PageDeps, type Position } from './pages.ts';
import { addDrift, classifyDrift, type Drift } from './rebuild/drift.ts';

export interface CoverageRequest {
  cabinetId: number;
  windowDays: number;
  models: CabinetModels;
}

/** Ids of rows whose chunk is not what it should be, by source. */
export type DifferingIds = Map<SourceName, number[]>;

export interface Coverage {
  /** Rows that call for a chunk. */
  rows: number;
  /** Of these, rows that are left alone because the provider refused their text too often. */
  parked: number;
  /** Of these, rows without a vector of the model that is being changed to; 0 when none is. */
  lackNext: number;
  differing: DifferingIds;
}

/** Rows compared at a time. */
const PAGE = 1000;

function modelsOf({ search, next }: CabinetModels): string[] {
  return next === undefined ? [search] : [search, next];
}

/** Ids of rows that searches get wrong. A missing vector of the next model is no fault: the rebuild will add it. */
function faultsOf(comparison: Comparison, { search }: CabinetModels): Comparison {
  return { ...comparison, write: comparison.write.filter(({ lacks }) => lacks.includes(search)) };
}

function idsOf({ write, remove }: Comparison): number[] {
  return [...write.map(({ chunk }) => chunk.sourceId), ...remove].map(Number);
}

/** Compares all rows of a cabinet with its chunks, page by page. Reads only. */
export async function readCoverage(deps: PageDeps, request: CoverageRequest): Promise<Coverage> {
  const { models } = request;
  const page = { ...request, models: modelsOf(models), pageRows: PAGE };
  const coverage: Coverage = { rows: 0, parked: 0, lackNext: 0, differing: new Map() };
  let position: Position | undefined = FIRST_POSITION;
  while (position !== undefined) {
    const { source } = position;
    const { comparison, rows, next } = await comparePage(deps, page, position);
    coverage.rows += rows;
    coverage.parked += comparison.parked;
    if (models.next !== undefined)
      coverage.lackNext += comparison.write.filter(({ lacks }) => lacks.includes(models.next!)).length;
    const ids = idsOf(faultsOf(comparison, models));
    if (ids.length > 0) coverage.differing.set(source, [...(coverage.differing.get(source) ?? []), ...ids]);
    position = next;
  }
  return coverage;
}

export interface RemainingDifferences {
  differing: DifferingIds;
  count: number;
  drift: Drift;
}

/** Looks again at rows that differed: what a run was just about to write is right by now. Reads only. */
export async function lookAgain(
  deps: PageDeps,
  { cabinetId, windowDays, models }: CoverageRequest,
  differing: DifferingIds,
): Promise<RemainingDifferences> {
  const remaining: RemainingDifferences = { differing: new Map(), count: 0, drift: {} };
  const request = { cabinetId, windowDays, models: modelsOf(models) };
  for (const source of SOURCE_NAMES) {
    const ids = differing.get(source) ?? [];
    const left: number[] = [];
    for (let i = 0; i < ids.length; i += PAGE) {
      const comparison = faultsOf(await compareIds(deps, request, source, ids.slice(i, i + PAGE)), models);
      left.push(...idsOf(comparison));
      remaining.drift = addDrift(
        remaining.drift,
        await classifyDrift(deps.main.pool, cabinetId, [comparison]),
      );
    }
    if (left.length > 0) remaining.differing.set(source, left);
    remaining.count += left.length;
  }
  return remaining;
}
