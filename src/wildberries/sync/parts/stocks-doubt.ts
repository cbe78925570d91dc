import type { Executor } from '../../../database/pool.ts';
import type { RowHints, RowProblem, WbId } from '../../client/client.ts';

/**
 * Of a report with rows that could not be used: whose they may be. What such a row says of its product is not known, so
 * nothing may be concluded of that product from what the report lacks; of all others everything may.
 */
export interface StocksDoubt {
  /** One says nothing of whose it is, or the report broke off: it may be anybody's. */
  everybody: boolean;
  hints: readonly RowHints[];
}

export const NO_DOUBT: StocksDoubt = { everybody: false, hints: [] };

function saysWhose({ nmId, chrtId, barcode, article }: RowHints): boolean {
  return [nmId, chrtId, barcode, article].some((hint) => hint !== undefined);
}

export function doubtOf(problems: readonly RowProblem[]): StocksDoubt {
  const hints = problems.map((problem) => problem.hints ?? {});
  return { everybody: !hints.every(saysWhose), hints };
}

/** A size or a barcode that nothing here has is that of no stored row. */
const FIND_DOUBTFUL = `
select nm_id::text as nm_id from unnest($2::bigint[]) as given (nm_id)
union select nm_id::text from public.wb_product_sizes
  where cabinet_id = $1::bigint and (chrt_id = any($3::bigint[]) or barcodes && $4::text[])
union select nm_id::text from public.wb_stocks
  where cabinet_id = $1::bigint and (chrt_id = any($3::bigint[]) or barcode = any($4::text[]) or article = any($5::text[]))
union select nm_id::text from public.wb_products where cabinet_id = $1::bigint and vendor_code = any($5::text[])`;

/** The articles that the rows may be of; `undefined`: any. Reads only. */
export async function findDoubtful(
  executor: Executor,
  cabinetId: number,
  { everybody, hints }: StocksDoubt,
): Promise<WbId[] | undefined> {
  if (everybody) return undefined;
  if (hints.length === 0) return [];
  const known = <T>(values: readonly (T | undefined)[]): T[] => [
    ...new Set(values.filter((value) => value !== undefined)),
  ];
  // Each by the best that it says: what has an article needs no barcode.
  const nameless = hints.filter(({ nmId }) => nmId === undefined);
  const others = nameless.filter(({ chrtId }) => chrtId === undefined);
  const { rows } = await executor.query<{ nm_id: string }>(FIND_DOUBTFUL, [
    cabinetId,
    known(hints.map(({ nmId }) => nmId)),
    known(nameless.map(({ chrtId }) => chrtId)),
    known(others.map(({ barcode }) => barcode)),
    known(others.map(({ article }) => article)),
  ]);
  return rows.map(({ nm_id }) => nm_id);
}
