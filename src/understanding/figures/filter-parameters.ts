import { MAX_VALUES } from '../../analytics/filter-parameters.ts';
import type { GoodsGroup, Mention, MentionKind } from '../mention.ts';

interface Values {
  nm_id?: number[];
  /** Words of names, in place of more numbers than a function takes. */
  product?: string;
  brand?: string[];
  category?: string[];
  size?: string[];
  warehouse?: string[];
  region?: string[];
}
type FilterName = keyof Values;

/** The part of a function's parameters that says which rows, and which rows not. */
export type FilterParameters = Values & { [Name in FilterName as `exclude_${Name}`]?: Values[Name] };

const GOODS: ReadonlySet<MentionKind> = new Set<MentionKind>([
  'product',
  'article',
  'brand',
  'category',
  'name',
]);
export const FILTERING: ReadonlySet<MentionKind> = new Set<MentionKind>([
  ...GOODS,
  'size',
  'warehouse',
  'region',
]);

/** Which parameter says what a mention says; several where it is goods of several kinds. */
export function parametersOf({ filters, goods, kind }: Mention): Values {
  if (goods !== undefined) return valuesOfGoods(goods);
  if (kind === 'product' || kind === 'article') return { nm_id: [...(filters.nmIds ?? [])] };
  if (kind === 'size') return { size: [...(filters.sizes ?? [])] };
  if (kind === 'warehouse') return { warehouse: [...(filters.warehouses ?? [])] };
  if (kind === 'region') return { region: [...(filters.regions ?? [])] };
  return {};
}

/** Of all mentions together: values of one kind are any of them, values of several kinds all of them. */
export function filterParametersOf(mentions: readonly Mention[]): FilterParameters {
  const parameters: FilterParameters = {};
  const own = mentions.filter(({ kind }) => FILTERING.has(kind));
  for (const excluded of [false, true]) {
    const ofKind = own.filter((mention) => mention.excluded === excluded);
    // A number says all: a name beside it is how the seller calls the same thing.
    const hasNumber = ofKind.some(({ kind }) => kind === 'product' || kind === 'article');
    for (const mention of ofKind) {
      if (!excluded && hasNumber && mention.goods !== undefined) continue;
      for (const [name, values] of Object.entries(parametersOf(mention)) as [FilterName, string[]][]) {
        const key = excluded ? (`exclude_${name}` as const) : name;
        const known = parameters[key];
        Object.assign(parameters, {
          [key]: Array.isArray(known) && Array.isArray(values) ? [...new Set([...known, ...values])] : values,
        });
      }
    }
  }
  return parameters;
}

function valuesOfGoods(groups: readonly GoodsGroup[]): Values {
  const all = (of: (group: GoodsGroup) => readonly string[]) => [...new Set(groups.flatMap(of))];
  const [brands, categories] = [all(({ brands: own }) => own), all(({ categories: own }) => own)];
  const isNamed = groups.some(({ names }) => names.length > 0);
  if (!isNamed && groups.every((group) => group.categories.length === 0)) return { brand: brands };
  if (!isNamed && groups.every((group) => group.brands.length === 0)) return { category: categories };
  const [only] = groups;
  const both: Values = {
    ...(brands.length === 0 ? {} : { brand: brands }),
    ...(categories.length === 0 ? {} : { category: categories }),
  };
  if (groups.length === 1 && only!.names.length === 0) return both;
  const nmIds = [...new Set(groups.flatMap((group) => group.nmIds))].sort((a, b) => a - b);
  // More numbers than a function takes: the words of the name, in their place.
  return nmIds.length > MAX_VALUES && groups.length === 1
    ? { ...both, product: only!.names.join(' ') }
    : { nm_id: nmIds };
}
