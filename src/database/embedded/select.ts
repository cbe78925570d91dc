/** Runs SQL of our own in the engine; returns the rows as text. Throws on an error. */
export type Select = (sql: string) => (string | null)[][];
