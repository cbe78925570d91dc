import type { Executor } from '../database/pool.ts';
import { readProducts, type CatalogueProduct } from './catalogue-queries.ts';
import { formatHundredths, type Hundredths } from './decimal.ts';
import { DIMENSIONS, WEEKDAYS, type Dimension } from './dimensions.ts';
import { measure, type Figures, type MeasureName } from './measures.ts';
import type { Column, Row, Unit, Value } from './result.ts';

/** A value as answers show it. */
export function valueOf(unit: Unit, value: Hundredths | null): Value {
  if (value === null) return null;
  return unit === 'RUB' ? formatHundredths(value) : Number(formatHundredths(value));
}

export function measureColumns(measures: readonly MeasureName[]): Column[] {
  return measures.map((name) => ({ name, unit: measure(name).unit, label: measure(name).label }));
}

export function measureValues(measures: readonly MeasureName[], figures: Figures): Row {
  return Object.fromEntries(
    measures.map((name) => [name, valueOf(measure(name).unit, measure(name).of(figures))]),
  );
}

/** The columns that say which group a row is about. */
export function keyColumns(dimension: Dimension): Column[] {
  if (dimension === 'none') return [];
  if (dimension === 'product') {
    return [
      { name: 'nm_id', unit: 'id', label: 'Артикул WB' },
      { name: 'product', unit: 'text', label: 'Товар' },
      { name: 'article', unit: 'text', label: 'Артикул' },
      { name: 'brand', unit: 'text', label: 'Бренд' },
    ];
  }
  const unit = dimension === 'day' || dimension === 'week' ? 'date' : 'text';
  return [{ name: dimension, unit, label: DIMENSIONS[dimension].label }];
}

/** What these columns say of each of the keys, in their order. */
export async function describeKeys(
  executor: Executor,
  cabinetId: number,
  dimension: Dimension,
  keys: readonly (string | null)[],
): Promise<Row[]> {
  if (dimension === 'none') return keys.map(() => ({}));
  if (dimension === 'weekday') {
    return keys.map((key) => ({ weekday: key === null ? null : WEEKDAYS[Number(key) - 1]! }));
  }
  if (dimension !== 'product') return keys.map((key) => ({ [dimension]: key }));
  const nmIds = keys.flatMap((key) => (key === null ? [] : [Number(key)]));
  const products = nmIds.length === 0 ? [] : await readProducts(executor, cabinetId, nmIds);
  const byNumber = new Map(products.map((product) => [product.nmId, product]));
  return keys.map((key) => describeProduct(key === null ? undefined : byNumber.get(Number(key)), key));
}

function describeProduct(product: CatalogueProduct | undefined, key: string | null): Row {
  return {
    nm_id: key === null ? null : Number(key),
    product: product?.name ?? nameByKind(product),
    article: product?.article ?? null,
    brand: product?.brand ?? null,
  };
}

/** Of what was withdrawn before its name was stored: `Кроссовки Тополея`. */
function nameByKind(product: CatalogueProduct | undefined): string | null {
  const known = product?.subject ?? product?.category ?? null;
  return known === null ? null : [known, product?.brand ?? []].flat().join(' ');
}

/** The columns of several dimensions, each once. */
export function keyColumnsOf(dimensions: readonly Dimension[]): Column[] {
  const columns = dimensions.flatMap(keyColumns);
  return columns.filter(({ name }, place) => columns.findIndex((other) => other.name === name) === place);
}

/** What these columns say of each list of keys, one key a dimension. */
export async function describeKeyLists(
  executor: Executor,
  cabinetId: number,
  dimensions: readonly Dimension[],
  lists: readonly (readonly (string | null)[])[],
): Promise<Row[]> {
  const rows = lists.map((): Row => ({}));
  for (const [place, dimension] of dimensions.entries()) {
    const said = await describeKeys(
      executor,
      cabinetId,
      dimension,
      lists.map((keys) => keys[place] ?? null),
    );
    for (const [index, row] of said.entries()) Object.assign(rows[index]!, row);
  }
  return rows;
}

/** Numbers by their size, texts by the alphabet, what is not known last. */
export function compareKeys(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y;
  return a < b ? -1 : Number(a > b);
}
