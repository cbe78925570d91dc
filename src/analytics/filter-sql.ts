/** What statements compare with; null: everything, or of exclusions nothing. */
export interface RowCondition {
  nmIds: readonly number[] | null;
  brands: readonly string[] | null;
  categories: readonly string[] | null;
  /** Products of these categories, for tables that do not say the category. */
  categoryNmIds: readonly number[];
  sizes: readonly string[] | null;
  warehouses: readonly string[] | null;
  regions: readonly string[] | null;
}

export interface RowFilter extends RowCondition {
  not: RowCondition;
}

/** Expressions of what a row says; `null::text` where its table does not say it. */
export interface FilteredColumns {
  nmId?: string;
  brand: string;
  categories: readonly string[];
  /** Or a condition on the parameter that has the sizes. */
  size: string | ((sizes: string) => string);
  warehouse: string;
  region: string;
}

/** Whether it is about whole products: a size or a place in which nothing is says nothing of the product. */
export function isOfProducts({ not, ...is }: RowFilter): boolean {
  return [is, not].every(
    ({ sizes, warehouses, regions }) => sizes === null && warehouses === null && regions === null,
  );
}

const CONDITION_VALUES = 7;
/** How many parameters a filter takes of a statement. */
export const FILTER_VALUES = 2 * CONDITION_VALUES;

const valuesOf = (condition: RowCondition) => [
  condition.nmIds,
  condition.brands,
  condition.categories,
  condition.categoryNmIds,
  condition.sizes,
  condition.warehouses,
  condition.regions,
];

/** The parameters of `filterSql`, in its order. */
export const filterValues = (filter: RowFilter): unknown[] => [...valuesOf(filter), ...valuesOf(filter.not)];

/**
 * The conditions of a filter, each beginning with `and`; its parameters begin with `$first`. What a row does not say is not
 * among the excluded, so it stays: `null = any (…)` is not true.
 */
export function filterSql(columns: FilteredColumns, first: number): string {
  const [is, isNot] = [comparisons(columns, first), comparisons(columns, first + CONDITION_VALUES)];
  return [
    ...is.map(({ parameter, type, equal }) => `and (${parameter}::${type} is null or ${equal})`),
    ...isNot.map(({ equal }) => `and (${equal}) is not true`),
  ].join('\n    ');
}

function comparisons(columns: FilteredColumns, first: number) {
  const { nmId = 'r.nm_id', brand, categories, size, warehouse, region } = columns;
  const [nmIds, brands, names, namedNmIds, sizes, warehouses, regions] = Array.from(
    { length: CONDITION_VALUES },
    (_, place) => `$${first + place}`,
  ) as [string, string, string, string, string, string, string];
  const inCategory = categories.map((column) => `${column} = any (${names}::text[])`);
  const text = (parameter: string, column: FilteredColumns['size']) => {
    const values = `${parameter}::text[]`;
    const equal = typeof column === 'string' ? `${column} = any (${values})` : column(values);
    return { parameter, type: 'text[]', equal };
  };
  return [
    { parameter: nmIds, type: 'bigint[]', equal: `${nmId} = any (${nmIds}::bigint[])` },
    text(brands, brand),
    {
      ...{ parameter: names, type: 'text[]' },
      equal: [`${nmId} = any (${namedNmIds}::bigint[])`, ...inCategory].join(' or '),
    },
    text(sizes, size),
    text(warehouses, warehouse),
    text(regions, region),
  ];
}
