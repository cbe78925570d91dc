/** What a row's own text says, unless it says nothing. */
export const text = (column: string) => `nullif(btrim(${column}), '')`;

/** `NaN` and infinities count as no amount, or one hand-written row would make every sum NaN. */
export const finite = (column: string) =>
  `case when ${column} > '-Infinity'::numeric and ${column} < 'Infinity'::numeric then ${column} end`;
