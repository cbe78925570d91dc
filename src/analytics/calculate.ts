import { z } from 'zod';
import { divideRounded } from './decimal.ts';

const MOST_VALUES = 100;
const DEFAULT_DIGITS = 2;
const DECIMAL = /^-?\d{1,30}(?:\.\d{1,20})?$/;

/** As text, so that no floating point comes in between; what a figure of a result is, as it stands. */
const value = z
  .union([z.string().trim().max(60), z.number()])
  .transform(String)
  .refine((text) => DECIMAL.test(text), 'must be a decimal number such as "1990.50"');

export const calculateParameters = z.strictObject({
  operation: z
    .enum(['sum', 'difference', 'product', 'ratio', 'share', 'change_percent', 'average'])
    .describe(
      'difference: the first less the others. ratio: first / second. share: first / second × 100. change_percent: from the second (before) to the first (now), of the second.',
    ),
  values: z.array(value).min(1).max(MOST_VALUES).describe('Figures of results, as text: ["1990.50", "12"].'),
  digits: z
    .int()
    .min(0)
    .max(10)
    .default(DEFAULT_DIGITS)
    .describe('Decimals of a quotient. Sums, differences and products are exact.'),
});

export interface Calculated {
  /** Exact decimal text; null: there is nothing to divide by. */
  result: string | null;
  /** Whether nothing was rounded. */
  exact: boolean;
  unit: 'number' | 'percent';
}

/** Of these the first is set against the second, and no other has a place. */
const OF_TWO: ReadonlySet<string> = new Set(['ratio', 'share', 'change_percent']);

/** A whole number of 10^-scale. */
interface Decimal {
  units: bigint;
  scale: number;
}

/** Sums, differences, shares and ratios of given figures in exact decimals: a language model is not to do it in its head. */
export function calculate({ operation, values, digits }: z.output<typeof calculateParameters>): Calculated {
  const [first, ...others] = values.map(parse) as [Decimal, ...Decimal[]];
  const exact = (result: Decimal): Calculated => ({ result: write(result), exact: true, unit: 'number' });
  switch (operation) {
    case 'sum':
      return exact(others.reduce(add, first));
    case 'difference':
      return exact(others.reduce((sum, other) => add(sum, negate(other)), first));
    case 'product':
      return exact(others.reduce(multiply, first));
    case 'average':
      return divide(others.reduce(add, first), whole(values.length), digits, 'number');
    case 'ratio':
      return divide(first, others[0]!, digits, 'number');
    case 'share':
      return divide(multiply(first, whole(100)), others[0]!, digits, 'percent');
    case 'change_percent': {
      // Of the size that it had: a loss that shrinks grows.
      const [before] = others as [Decimal];
      const change = multiply(add(first, negate(before)), whole(100));
      return divide(change, before.units < 0n ? negate(before) : before, digits, 'percent');
    }
  }
}

/** What is wrong with the number of values; undefined: nothing. */
export function findMistake({ operation, values }: z.output<typeof calculateParameters>): string | undefined {
  if (OF_TWO.has(operation) && values.length !== 2) return `${operation} takes two values`;
  return operation === 'difference' && values.length < 2 ? 'difference takes two values or more' : undefined;
}

const whole = (count: number): Decimal => ({ units: BigInt(count), scale: 0 });
const negate = ({ units, scale }: Decimal): Decimal => ({ units: -units, scale });

function parse(text: string): Decimal {
  const [integer = '', fraction = ''] = text.split('.');
  return {
    units: BigInt(integer.replace('-', '') + fraction) * (text.startsWith('-') ? -1n : 1n),
    scale: fraction.length,
  };
}

const scaled = ({ units, scale }: Decimal, to: number): bigint => units * 10n ** BigInt(to - scale);

function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: scaled(a, scale) + scaled(b, scale), scale };
}

const multiply = (a: Decimal, b: Decimal): Decimal => ({
  units: a.units * b.units,
  scale: a.scale + b.scale,
});

/** Halves away from zero. */
function divide(a: Decimal, b: Decimal, digits: number, unit: Calculated['unit']): Calculated {
  if (b.units === 0n) return { result: null, exact: true, unit };
  const scale = Math.max(a.scale, b.scale);
  const sign = b.units < 0n ? -1n : 1n;
  const [part, divisor] = [scaled(a, scale) * 10n ** BigInt(digits) * sign, scaled(b, scale) * sign];
  return {
    result: write({ units: divideRounded(part, divisor), scale: digits }),
    exact: part % divisor === 0n,
    unit,
  };
}

function write({ units, scale }: Decimal): string {
  const text = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const [integer, fraction] = [text.slice(0, text.length - scale), text.slice(text.length - scale)];
  return `${units < 0n ? '-' : ''}${integer}${fraction === '' ? '' : `.${fraction}`}`;
}
