import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitStatements, type Token } from './embedded/sql-scanner.ts';
import { MIGRATION_SETS, type MigrationSetName } from './migrations.ts';

/** A trigger as the migrations leave it. */
export interface DeclaredTrigger {
  name: string;
  table: string;
  /** What it calls. */
  function: string;
  /** `create trigger …` */
  statement: string;
}

/** A function as the migrations leave it. */
export interface DeclaredFunction {
  name: string;
  /** Between the quotes, as `pg_proc.prosrc` has it. */
  body: string;
  securityDefiner: boolean;
  /** `create or replace function …` */
  statement: string;
}

export interface Declared {
  triggers: DeclaredTrigger[];
  functions: DeclaredFunction[];
}

/** As node-pg-migrate tells it. */
const DOWN = /^\s*--[\s-]*down\s+migration/im;

/**
 * The triggers and functions that schema public of a database has when all migrations of a set are applied, read from the files
 * themselves. Functions of other schemas are for people who read, and nothing that is written rests on them.
 */
export function readDeclared(set: MigrationSetName): Declared {
  const { directory } = MIGRATION_SETS[set];
  const files = readdirSync(directory).filter((file) => file.endsWith('.sql'));
  return declaredBy(files.sort().map((file) => readFileSync(join(directory, file), 'utf8')));
}

/** The same for the texts of migrations, in their order. */
export function declaredBy(migrations: readonly string[]): Declared {
  const triggers = new Map<string, DeclaredTrigger>();
  const functions = new Map<string, DeclaredFunction>();
  for (const text of migrations) {
    const up = text.split(DOWN)[0]!;
    for (const tokens of splitStatements(up)) apply(up, tokens, triggers, functions);
  }
  return { triggers: [...triggers.values()], functions: [...functions.values()] };
}

function apply(
  sql: string,
  tokens: readonly Token[],
  triggers: Map<string, DeclaredTrigger>,
  functions: Map<string, DeclaredFunction>,
): void {
  const words = tokens.map(({ text }) => text);
  const statement = sql.slice(tokens[0]!.start, tokens.at(-1)!.end);
  const kind = words.findIndex((word) => word === 'trigger' || word === 'function' || word === 'table');
  const target = words.slice(0, kind + 1).join(' ');
  const at = words[kind + 1] === 'if' ? kind + 3 : kind + 1; // if exists
  const after = (word: string) => tokens.findLastIndex((one) => one.kind === 'word' && one.text === word) + 1;
  // In an UPDATE OF a column may be called so; quoted, then.
  const table = () => nameAt(words, tokens.findIndex((one) => one.kind === 'word' && one.text === 'on') + 1);
  if (/^create (or replace )?(constraint )?trigger$/.test(target)) {
    // `execute function f(…)`, or `procedure`, its older name
    const calls = nameAt(words, after('execute') + 1);
    const trigger = { name: words[at]!, table: table(), function: calls, statement };
    triggers.set(`${trigger.name} on ${trigger.table}`, trigger);
  } else if (target.endsWith('function') && isOfOtherSchema(words, at)) {
    return;
  } else if (/^create (or replace )?function$/.test(target)) {
    const name = nameAt(words, at);
    functions.set(name, {
      name,
      body: words[after('as')] ?? '',
      securityDefiner: tokens[after('security')]?.text === 'definer',
      statement: statement.replace(/^create\s+(or\s+replace\s+)?function/i, 'create or replace function'),
    });
  } else if (target === 'drop trigger') {
    triggers.delete(`${words[at]!} on ${table()}`);
  } else if (target === 'drop function') {
    functions.delete(nameAt(words, at));
  } else if (target === 'drop table') {
    const dropped = nameAt(words, at);
    for (const [key, trigger] of triggers) if (trigger.table === dropped) triggers.delete(key);
  }
}

/** A name that may have a schema before it. */
function nameAt(words: readonly string[], at: number): string {
  return words[at + 1] === '.' ? words[at + 2]! : words[at]!;
}

function isOfOtherSchema(words: readonly string[], at: number): boolean {
  return words[at + 1] === '.' && words[at] !== 'public';
}
