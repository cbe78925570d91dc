import type { Label } from './labels.ts';

/** Builds a chunk: a title, then `Label: value` for each value that is there (docs/chunks.md). */
export class Lines<AnyLabel extends string = Label> {
  readonly #lines: string[];

  constructor(title: string) {
    this.#lines = [title];
  }

  /** A one-line value: white space folded and trimmed. */
  add(label: AnyLabel, value: string | null | undefined, suffix = ''): this {
    const folded = oneLine(value);
    if (folded !== '') this.#lines.push(`${label}: ${folded}${suffix}`);
    return this;
  }

  /** A text that keeps its line breaks. */
  addText(label: AnyLabel, value: string | null): this {
    const trimmed = value?.trim() ?? '';
    if (trimmed !== '') this.#lines.push(`${label}: ${trimmed}`);
    return this;
  }

  /** An exact decimal as SQL's `numeric` prints it; `NaN` and infinities say nothing. */
  addNumber(label: AnyLabel, value: string | null, suffix = ''): this {
    if (value !== null && isFiniteDecimal(value)) this.#lines.push(`${label}: ${value}${suffix}`);
    return this;
  }

  /** Roubles: whole, or with at least two digits after the point, never rounded. */
  addMoney(label: AnyLabel, value: string | null): this {
    if (value !== null && isFiniteDecimal(value)) this.#lines.push(`${label}: ${money(value)} ₽`);
    return this;
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}

export function oneLine(value: string | null | undefined): string {
  return value?.replace(/\s+/g, ' ').trim() ?? '';
}

/** The product's name when it has one, else the row's own. */
export function productName(ofProduct: string | null, ofRow: string | null): string {
  return oneLine(ofProduct) || oneLine(ofRow);
}

function isFiniteDecimal(value: string): boolean {
  return value !== 'NaN' && !value.endsWith('Infinity');
}

function money(value: string): string {
  const [whole = '', fraction] = value.split('.');
  return fraction === undefined ? whole : `${whole}.${fraction.padEnd(2, '0')}`;
}
