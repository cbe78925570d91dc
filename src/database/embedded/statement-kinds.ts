import { quoteIdentifier, splitStatements, type Token } from './sql-scanner.ts';

/**
 * What a statement does to the state that Postgres keeps per session and that our clients, sharing one backend,
 * would otherwise share too. `tags` are the command tags by which the backend confirms it.
 */
export type StatementKind =
  | { kind: 'listen'; channel: string }
  | { kind: 'unlisten'; channel: string | undefined }
  | { kind: 'savepoint' | 'release' | 'rollback-to'; name: string }
  | { kind: 'end' }
  | { kind: 'setting'; names: string[]; resets: boolean; restoresUser: boolean; runsCode?: true }
  | { kind: 'discard-all' }
  | { kind: 'prepare' | 'deallocate'; name: string }
  | { kind: 'deallocate-all' }
  | { kind: 'copy-in'; binary: boolean; columns: number }
  | { kind: 'copy-program' }
  | { kind: 'other' };

export interface ScannedSql {
  statements: StatementKind[];
  /** Names of prepared statements in the text, which get the session's prefix. */
  statementNames: Token[];
  /** May make temporary tables, or runs code that may. What a function makes is found with the next of these. */
  mayMakeTemporary: boolean;
  /** Asks what sessions there are, or signals one. What is asked inside of functions is not seen. */
  asksForSessions: boolean;
}

/** Most SQL has none of these words and is not looked at any closer. */
const INTERESTING =
  /\b(?:listen|unlisten|set|set_config|reset|discard|prepare|execute|deallocate|copy|savepoint|release|commit|end|rollback|abort|do|call|temp|temporary|pg_temp|pg_stat_activity|pg_cancel_backend|pg_terminate_backend)\b/i;
const SAYS_TEMPORARY = /\b(?:temp|temporary|pg_temp)\b/i;
const ASKS_FOR_SESSIONS = /\b(?:pg_stat_activity|pg_cancel_backend|pg_terminate_backend)\b/i;

const UNINTERESTING: ScannedSql = {
  statements: [{ kind: 'other' }],
  statementNames: [],
  mayMakeTemporary: false,
  asksForSessions: false,
};

export function scanSql(sql: string): ScannedSql {
  if (!INTERESTING.test(sql)) return UNINTERESTING;
  const statementNames: Token[] = [];
  const statements = splitStatements(sql).map((tokens) => {
    const name = preparedName(tokens);
    if (name !== undefined) statementNames.push(name);
    return classify(tokens);
  });
  return {
    statements,
    statementNames,
    mayMakeTemporary: SAYS_TEMPORARY.test(sql) || statements.some((statement) => 'runsCode' in statement),
    asksForSessions: ASKS_FOR_SESSIONS.test(sql),
  };
}

/** The same SQL with each name of a prepared statement replaced, so that it means this session's own. */
export function renameStatements(
  sql: string,
  names: readonly Token[],
  rename: (name: string) => string,
): string {
  let renamed = '';
  let at = 0;
  for (const token of names) {
    renamed += sql.slice(at, token.start) + quoteIdentifier(rename(token.text));
    at = token.end;
  }
  return renamed + sql.slice(at);
}

function classify(tokens: readonly Token[]): StatementKind {
  const first = word(tokens[0]);
  const second = word(tokens[1]);
  const target = tokens[1]?.text ?? '';
  switch (first) {
    case 'listen':
      return { kind: 'listen', channel: target };
    case 'unlisten':
      return { kind: 'unlisten', channel: tokens[1]?.kind === 'symbol' ? undefined : target };
    case 'savepoint':
      return { kind: 'savepoint', name: target };
    case 'release':
      return { kind: 'release', name: tokens[second === 'savepoint' ? 2 : 1]?.text ?? '' };
    case 'rollback':
    case 'abort':
    case 'commit':
    case 'end': {
      const to = tokens.findIndex((token) => word(token) === 'to');
      if (first !== 'rollback' || to === -1) return { kind: 'end' };
      return {
        kind: 'rollback-to',
        name: tokens[word(tokens[to + 1]) === 'savepoint' ? to + 2 : to + 1]?.text ?? '',
      };
    }
    case 'set':
      // These three last no longer than the transaction.
      if (second === 'local' || second === 'transaction' || second === 'constraints')
        return { kind: 'other' };
      return setting(tokens, word(tokens.at(-1)) === 'default');
    case 'reset':
      return setting(tokens, true);
    case 'discard':
      return second === 'all' ? { kind: 'discard-all' } : { kind: 'other' };
    case 'prepare':
      return second === 'transaction' ? { kind: 'other' } : { kind: 'prepare', name: target };
    case 'deallocate': {
      const name = preparedName(tokens);
      return name === undefined ? { kind: 'deallocate-all' } : { kind: 'deallocate', name: name.text };
    }
    case 'copy':
      return classifyCopy(tokens);
    case 'do':
    case 'call':
      // What the body sets, or makes, is not ours to parse; it is asked for afterwards.
      return { kind: 'setting', names: [], resets: false, restoresUser: false, runsCode: true };
    default:
      if (!tokens.some((token) => token.text === 'set_config' && token.kind !== 'string'))
        return { kind: 'other' };
      return {
        kind: 'setting',
        names: tokens.filter((token) => token.kind === 'string').map((token) => token.text),
        resets: false,
        restoresUser: false,
      };
  }
}

function classifyCopy(tokens: readonly Token[]): StatementKind {
  let depth = 0;
  let columns = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'symbol' && token.text === '(') depth += 1;
    if (token.kind === 'symbol' && token.text === ')') depth -= 1;
    if (depth === 1 && (token.kind === 'word' || token.kind === 'quoted')) columns += 1;
    const after = tokens[index + 1];
    if (depth !== 0 || (word(token) !== 'from' && word(token) !== 'to')) continue;
    if (word(after) === 'program') return { kind: 'copy-program' };
    if (word(token) !== 'from' || after === undefined || word(after) !== 'stdin') return { kind: 'other' };
    const binary =
      tokens.some((option) => option.text === 'binary' && option.start > after.end) ||
      word(tokens[1]) === 'binary';
    return { kind: 'copy-in', binary, columns };
  }
  return { kind: 'other' };
}

/** The name in PREPARE, EXECUTE and DEALLOCATE, also behind EXPLAIN and CREATE TABLE … AS. */
function preparedName(tokens: readonly Token[]): Token | undefined {
  const first = word(tokens[0]);
  let at = 1;
  if (first === 'explain' || first === 'create') {
    const execute = tokens.findIndex((token) => word(token) === 'execute');
    if (execute === -1 || (first === 'create' && word(tokens[execute - 1]) !== 'as')) return undefined;
    at = execute + 1;
  } else if (first === 'deallocate') {
    if (word(tokens[1]) === 'prepare') at = 2;
    if (word(tokens[at]) === 'all') return undefined;
  } else if (first !== 'prepare' && first !== 'execute') {
    return undefined;
  }
  const name = tokens[at];
  if (first === 'prepare' && word(name) === 'transaction') return undefined;
  return name?.kind === 'word' || name?.kind === 'quoted' ? name : undefined;
}

function setting(tokens: readonly Token[], resets: boolean): StatementKind {
  const restoresUser = resets && word(tokens[1]) === 'session' && word(tokens[2]) === 'authorization';
  return { kind: 'setting', names: settingNames(tokens), resets, restoresUser };
}

/** `set [session] a.b = …`, `reset a.b`: the dotted name; a plain one needs no remembering, pg_settings lists it. */
function settingNames(tokens: readonly Token[]): string[] {
  const at = word(tokens[1]) === 'session' ? 2 : 1;
  const name = tokens[at]?.text ?? '';
  return tokens[at + 1]?.text === '.' ? [`${name}.${tokens[at + 2]?.text ?? ''}`] : [name];
}

function word(token: Token | undefined): string | undefined {
  return token?.kind === 'word' ? token.text : undefined;
}
