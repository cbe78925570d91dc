import type { Cabinet } from '../../cabinets/cabinet.ts';
import { readCoverage, type Coverage, type CoverageRequest } from '../../indexing/coverage.ts';
import { readModelStates } from '../../indexing/models.ts';
import type { DriftReason } from '../../indexing/rebuild/drift.ts';
import { readTotals, type CabinetTotal } from '../../indexing/totals.ts';
import { readAllCabinets } from './cabinets.ts';
import { count, type Check, type Examination, type Finding } from './finding.ts';
import { repairByRebuild } from './repair-by-rebuild.ts';
import { findExcuse, settleDifferences, settleOrphans } from './settle.ts';

export const checkCoverage: Check = {
  name: 'coverage',
  needs: ['main schema', 'vector schema'],
  repairsLater: true,
  async run(examination) {
    const check = checkCoverage.name;
    const { vector, cabinetId } = examination;
    // The totals first: of what is indexed by then, the cabinet is there when the cabinets are read.
    const totals = new Map((await readTotals(vector.pool)).map((total) => [total.cabinetId, total]));
    const all = await readAllCabinets(examination);
    const isAsked = (id: number) => cabinetId === undefined || id === cabinetId;
    const orphaned = [...totals.values()].filter(
      (total) =>
        isAsked(total.cabinetId) && total.counted > 0 && !all.some(({ id }) => id === total.cabinetId),
    );
    // One that is switched off calls for no chunk; it is looked at when it has some.
    const cabinets = all.filter(
      ({ id, isActive }) => isAsked(id) && (isActive || (totals.get(id)?.counted ?? 0) > 0),
    );
    const findings: Finding[] = [];
    for (const cabinet of cabinets) {
      examination.progress(`Comparing the rows of cabinet ${cabinet.id} with their chunks …`);
      findings.push(...(await checkCabinet(examination, cabinet, totals.get(cabinet.id))));
    }
    for (const { cabinetId: id } of orphaned) findings.push(...(await describeOrphans(examination, id)));
    if (findings.length > 0) return findings;
    if (cabinetId !== undefined && !all.some(({ id }) => id === cabinetId)) {
      const remedy = 'wb-assist status lists them.';
      return [{ check, status: 'failed', detail: `There is no cabinet ${cabinetId}.`, remedy }];
    }
    return [{ check, status: 'ok', detail: 'no active cabinet, and no chunk' }];
  },
};

async function checkCabinet(
  examination: Examination,
  { id, isActive }: Cabinet,
  total: CabinetTotal | undefined,
): Promise<Finding[]> {
  const check = checkCoverage.name;
  const request = await requestOf(examination, id);
  const coverage = await readCoverage(examination, request);
  const remaining = await settleDifferences(examination, request, coverage.differing);
  const repair = repairByRebuild(examination, id);
  const remedy = `npx wb-assist doctor --repair, or npx wb-assist rebuild ${id}`;
  const name = `cabinet ${id}${isActive ? '' : ' (switched off)'}`;
  const findings: Finding[] = [];
  if (remaining.count > 0) {
    const { drift } = remaining;
    const differences = REASONS.filter((reason) => drift[reason] !== undefined)
      .map((reason) => nameOf(reason, drift[reason]!, request))
      .join(', ');
    const excuse = await findExcuse(examination, id, remaining);
    const detail = `${name}: ${differences}`;
    if (excuse === undefined) findings.push({ check, status: 'failed', detail, remedy, repair });
    else {
      const { because, remedy: then } = excuse;
      findings.push({ check, status: 'warning', detail: `${detail}; ${because}`, remedy: then });
    }
  }
  if (total !== undefined && total.recorded !== total.counted) {
    const says = total.recorded === null ? 'there is no status' : `total_chunks says ${total.recorded}`;
    const detail = `${name}: ${says}, there are ${count(total.counted, 'chunk')}`;
    findings.push({ check, status: 'failed', detail, remedy, repair });
  }
  if (findings.length > 0) return findings;
  return [{ check, status: 'ok', detail: `${name}: ${describeRows(coverage, request)}` }];
}

function describeRows({ rows, parked, lackNext }: Coverage, { models }: CoverageRequest): string {
  if (rows === 0) return 'no row calls for a chunk, and there is none';
  const all = `${count(rows - parked, 'row')} with a chunk, and a vector of ${models.search}, each`;
  const refused = parked === 0 ? '' : `; ${parked} refused by the provider`;
  const next =
    models.next === undefined
      ? ''
      : `; ${rows - parked - lackNext} have one of ${models.next}, which it changes to`;
  return `${all}${refused}${next}`;
}

async function requestOf(examination: Examination, cabinetId: number): Promise<CoverageRequest> {
  const [state] = await readModelStates(examination.vector.pool, cabinetId);
  return {
    cabinetId,
    windowDays: examination.config.RAG_WINDOW_DAYS,
    models: {
      // One that has no vectors yet gets those of the configured model.
      search: state?.searchModel ?? examination.embedders().configured.model,
      next: state?.nextModel ?? undefined,
    },
  };
}

async function describeOrphans(examination: Examination, cabinetId: number): Promise<Finding[]> {
  const check = checkCoverage.name;
  const { chunks, working } = await settleOrphans(examination, cabinetId);
  if (chunks === 0) return [];
  const detail = `${count(chunks, 'chunk')} of cabinet ${cabinetId}, which does not exist`;
  if (working)
    return [
      {
        check,
        status: 'warning',
        detail: `${detail}; a worker is at it`,
        remedy: 'Look again when it is done.',
      },
    ];
  const remedy = 'npx wb-assist doctor --repair; the weekly rebuild removes them, too';
  return [{ check, status: 'failed', detail, remedy, repair: repairByRebuild(examination, cabinetId) }];
}

const REASONS: readonly DriftReason[] = [
  ...(['missing', 'changed', 'vector', 'row_gone', 'out_of_window'] as const),
  ...(['product_inactive', 'stock_zero', 'cabinet_inactive'] as const),
];

function nameOf(reason: DriftReason, number: number, { models, windowDays }: CoverageRequest): string {
  const chunks = count(number, 'chunk');
  switch (reason) {
    case 'missing':
      return `${count(number, 'row')} without a chunk`;
    case 'changed':
      return `${chunks} with a text that is out of date`;
    case 'vector':
      return `${chunks} without a vector of ${models.search}`;
    case 'row_gone':
      return `${chunks} without a row`;
    case 'out_of_window':
      return `${chunks} of rows older than ${windowDays} days`;
    case 'product_inactive':
      return `${chunks} of inactive products`;
    case 'stock_zero':
      return `${chunks} of stocks that are 0`;
    case 'cabinet_inactive':
      return `${chunks}, though a cabinet that is off has none`;
  }
}
