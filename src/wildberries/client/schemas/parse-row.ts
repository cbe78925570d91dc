import type { z } from 'zod';
import type { WbId } from './fields.ts';

/** A row of Wildberries that could not be used. Says which and why in plain words, without quoting what it held. */
export interface RowProblem {
  /** The key of the row (`srid`, `saleID`, `nmID`, …), if it could be read. */
  key?: string;
  /** `sizes.0.price`. */
  field: string;
  /** Goes on after the field: "is missing", "is not a decimal number". */
  reason: string;
  hints?: RowHints;
}

/** What can be told of a row all the same, for whoever has to do without it. */
export interface RowHints {
  /** `lastChangeDate`, as Wildberries wrote it. */
  changedAt?: string | undefined;
  nmId?: WbId | undefined;
  chrtId?: WbId | undefined;
  barcode?: string | undefined;
  article?: string | undefined;
}

export type ParsedRow<Row> = { row: Row } | { problem: RowProblem };

const KEYS = ['saleID', 'srid', 'nmID', 'nmId', 'id'];

function keyOf(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const fields = raw as Record<string, unknown>;
  if ('product' in fields) return keyOf(fields['product']);
  const name = KEYS.find((key) => typeof fields[key] === 'string' || typeof fields[key] === 'number');
  return name === undefined ? undefined : `${name} ${String(fields[name]).slice(0, 100)}`;
}

/** Never throws: one bad row must not keep the others out. */
export function parseRow<Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
): ParsedRow<z.output<Schema>> {
  const result = schema.safeParse(raw);
  if (result.success) return { row: result.data };
  const issue = result.error.issues[0];
  const key = keyOf(raw);
  const field = issue === undefined || issue.path.length === 0 ? 'row' : issue.path.join('.');
  const reason =
    issue?.code === 'invalid_type' ? `is not ${ofType(issue.expected)}` : (issue?.message ?? 'is unusable');
  return { problem: { ...(key === undefined ? {} : { key }), field, reason } };
}

/** zod's own messages also say what came instead, and nothing of the value may be quoted. */
function ofType(expected: string): string {
  return expected === 'array' ? 'a list' : `an ${expected}`;
}

export interface ParsedRows<Row> {
  rows: Row[];
  problems: RowProblem[];
}

export function parseRows<Schema extends z.ZodType>(
  schema: Schema,
  raws: readonly unknown[],
  hintsOf?: (fields: Readonly<Record<string, unknown>>) => RowHints,
): ParsedRows<z.output<Schema>> {
  const result: ParsedRows<z.output<Schema>> = { rows: [], problems: [] };
  for (const raw of raws) {
    const parsed = parseRow(schema, raw);
    if ('row' in parsed) result.rows.push(parsed.row);
    else if (hintsOf === undefined) result.problems.push(parsed.problem);
    else {
      const fields = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
      result.problems.push({ ...parsed.problem, hints: hintsOf(fields) });
    }
  }
  return result;
}
