import type { Cabinet } from '../../cabinets/cabinet.ts';
import { listCabinets } from '../../cabinets/queries.ts';
import type { Examination } from './finding.ts';

const PAGE = 1000;

/** Every cabinet, page by page. */
export async function readAllCabinets({ main }: Pick<Examination, 'main'>): Promise<Cabinet[]> {
  const all: Cabinet[] = [];
  for (let page: Cabinet[] | undefined; page === undefined || page.length === PAGE;) {
    page = await listCabinets(main.pool, { afterId: all.at(-1)?.id ?? 0, limit: PAGE });
    all.push(...page);
  }
  return all;
}

/** The active ones, or the one that was asked for. */
export async function readCabinetsToCheck(examination: Examination): Promise<Cabinet[]> {
  const { cabinetId } = examination;
  const all = await readAllCabinets(examination);
  return all.filter(({ id, isActive }) => (cabinetId === undefined ? isActive : id === cabinetId));
}
