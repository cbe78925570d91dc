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
  colors: readonly string[] | null;
  /** What buyers ticked. */
  tags: readonly string[] | null;
}

/** What reviews alone say. */
export interface ReviewCondition {
  ratings: readonly number[] | null;
  ratingBelow: number | null;
  ratingAbove: number | null;
  answered: boolean | null;
  matchingSizes: readonly string[] | null;
}

export interface RowFilter extends RowCondition {
  not: RowCondition;
  review: ReviewCondition;
}

/** Expressions of what a row says; `null::text` where its table does not say it. */
export interface FilteredColumns {
  color?: string;
  /** A JSON array of texts. */
  tags?: string;
  nmId?: string;
  brand: string;
  categories: readonly string[];
  /** Or a condition on the parameter that has the sizes. */
  size: string | ((sizes: string) => string);
  warehouse: string;
  region: string;
}

/** Whether it is about whole products: a size or a place in which nothing is says nothing of the product. */
export function isOfProducts({ not, review: _review, ...is }: RowFilter): boolean {
  return [is, not].every(
    ({ sizes, warehouses, regions }) => sizes === null && warehouses === null && regions === null,
  );
}

const CONDITION_VALUES = 9;
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
  condition.colors,
  condition.tags,
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
  const { color = 'null::text', tags: ticked = 'null::jsonb' } = columns;
  const parameter = (place: number) => `$${first + place}`;
  const [nmIds, brands, names, namedNmIds] = [parameter(0), parameter(1), parameter(2), parameter(3)];
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
    text(parameter(4), size),
    text(parameter(5), warehouse),
    text(parameter(6), region),
    text(parameter(7), color),
    text(parameter(8), (tags) => `${ticked} ?| ${tags}`),
  ];
}

/** The conditions on what reviews alone say of a row `r`; parameters begin with `$first`. */
export function reviewSql(first: number): string {
  const [ratings, below, above, answered, matching] = [0, 1, 2, 3, 4].map((place) => `$${first + place}`);
  return `and (${ratings}::int[] is null or r.rating = any (${ratings}::int[]))
    and (${below}::numeric is null or r.rating < ${below}::numeric)
    and (${above}::numeric is null or r.rating > ${above}::numeric)
    and (${answered}::boolean is null or (r.is_answered is true) = ${answered}::boolean)
    and (${matching}::text[] is null or r.matching_size = any (${matching}::text[]))`;
}

/** The parameters of `reviewSql`, in its order. */
export const reviewValues = ({ review }: RowFilter): unknown[] => [
  review.ratings,
  review.ratingBelow,
  review.ratingAbove,
  review.answered,
  review.matchingSizes,
];
