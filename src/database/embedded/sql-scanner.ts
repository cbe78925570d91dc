/**
 * Cuts SQL into tokens just well enough to tell a statement's first words from what stands in its comments,
 * strings and function bodies. It follows the server's lexer: nested comments, doubled quotes, backslashes in
 * `E''` strings, dollar quotes, identifiers folded to lower case.
 */
export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'symbol';
  /** Words folded to lower case, quoted identifiers and strings without their quotes, one character for a symbol. */
  text: string;
  start: number;
  end: number;
}

const SPACE = /[\s]/;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9][0-9A-Za-z_.]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

function* scanTokens(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    const start = at;
    const char = sql[at]!;
    if (SPACE.test(char)) {
      at += 1;
    } else if (char === '-' && sql[at + 1] === '-') {
      const end = sql.indexOf('\n', at);
      at = end === -1 ? sql.length : end + 1;
    } else if (char === '/' && sql[at + 1] === '*') {
      at = skipComment(sql, at);
    } else if (char === "'") {
      at = skipQuoted(sql, at, "'", false);
      yield { kind: 'string', text: unquote(sql.slice(start, at), "'"), start, end: at };
    } else if (char === '"') {
      at = skipQuoted(sql, at, '"', false);
      yield { kind: 'quoted', text: unquote(sql.slice(start, at), '"'), start, end: at };
    } else if ((char === 'e' || char === 'E') && sql[at + 1] === "'") {
      at = skipQuoted(sql, at + 1, "'", true);
      yield { kind: 'string', text: unquote(sql.slice(start + 1, at), "'"), start, end: at };
    } else if (WORD_START.test(char)) {
      at = match(WORD, sql, at);
      yield { kind: 'word', text: fold(sql.slice(start, at)), start, end: at };
    } else if (char >= '0' && char <= '9') {
      at = match(NUMBER, sql, at);
      yield { kind: 'symbol', text: sql.slice(start, at), start, end: at };
    } else if (char === '$' && match(DOLLAR_TAG, sql, at) > at) {
      const tag = sql.slice(at, match(DOLLAR_TAG, sql, at));
      const end = sql.indexOf(tag, at + tag.length);
      at = end === -1 ? sql.length : end + tag.length;
      yield {
        kind: 'string',
        text: sql.slice(start + tag.length, end === -1 ? sql.length : end),
        start,
        end: at,
      };
    } else {
      at += 1;
      yield { kind: 'symbol', text: char, start, end: at };
    }
  }
}

/** The statements of a query string, each as its tokens. Empty ones (`;;`) are left out, as the server does. */
export function splitStatements(sql: string): Token[][] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  for (const token of scanTokens(sql)) {
    if (token.kind !== 'symbol' || token.text !== ';') {
      current.push(token);
    } else if (current.length > 0) {
      statements.push(current);
      current = [];
    }
  }
  if (current.length > 0) statements.push(current);
  return statements;
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(value: string): string {
  return value.includes('\\')
    ? ` E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${value.replaceAll("'", "''")}'`;
}

/** Only ASCII letters are folded, as the server does in a multi-byte encoding. */
function fold(word: string): string {
  return word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function match(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : at;
}

function skipComment(sql: string, at: number): number {
  let depth = 0;
  do {
    if (sql.startsWith('/*', at)) {
      depth += 1;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth -= 1;
      at += 2;
    } else {
      at += 1;
    }
  } while (depth > 0 && at < sql.length);
  return at;
}

/** The end of what is quoted from `at` on; a doubled quote does not end it, nor, with `escapes`, does `\'`. */
function skipQuoted(sql: string, at: number, quote: string, escapes: boolean): number {
  for (at += 1; at < sql.length; at += 1) {
    if (escapes && sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return sql.length;
}

function unquote(quoted: string, quote: string): string {
  return quoted.slice(1, -1).replaceAll(quote + quote, quote);
}
