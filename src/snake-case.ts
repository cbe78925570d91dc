/** `lastIndexedAt` → `last_indexed_at` */
export type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

export type SnakeCased<Value> = { [Key in keyof Value & string as SnakeCase<Key>]: Value[Key] };

/** The same members, in the same order, under the names that the HTTP API and `--json` give them. Not those of members. */
export function snakeCased<Value extends object>(value: Value): SnakeCased<Value> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      member as unknown,
    ]),
  ) as SnakeCased<Value>;
}
