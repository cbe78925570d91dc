import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitStatements } from '../../../src/database/embedded/sql-scanner.ts';
import { renameStatements, scanSql } from '../../../src/database/embedded/statement-kinds.ts';

const kinds = (sql: string): string =>
  scanSql(sql)
    .statements.map(({ kind }) => kind)
    .join(' ');

test('statements are split at semicolons outside of comments, strings, identifiers and dollar quotes', () => {
  const sql = `select ';' , E'\\';' , "a;b" /* ; /* ; */ ; */ , $tag$ ; $$ ; $tag$ -- ;
    ; ;; select $1;`;
  assert.equal(splitStatements(sql).length, 2);
  assert.equal(splitStatements("select 'unfinished ; ").length, 1);
  assert.equal(splitStatements('select $$unfinished ; ').length, 1);
  assert.equal(splitStatements('/* unfinished ; ').length, 0);
});

test('statements that touch what a session owns are told from those that only look like it', () => {
  assert.equal(kinds('LISTEN a; unlisten *; UnListen b'), 'listen unlisten unlisten');
  assert.equal(
    kinds("set a = 'x'; set local b = 1; set transaction read only; reset all"),
    'setting other other setting',
  );
  assert.equal(kinds("select set_config('a', 'b', false)"), 'setting');
  assert.equal(kinds("select 'set_config'"), 'other');
  assert.equal(kinds('update t set a = 1'), 'other');
  assert.equal(
    kinds('rollback; rollback to s; rollback work to savepoint s; commit; end; abort'),
    'end rollback-to rollback-to end end end',
  );
  assert.equal(
    kinds('discard all; discard plans; deallocate all; deallocate prepare a'),
    'discard-all other deallocate-all deallocate',
  );
  assert.equal(
    kinds('copy t from stdin; copy t (a, b) FROM /* x */ STDIN csv; copy "from" from stdin'),
    'copy-in copy-in copy-in',
  );
  assert.equal(
    kinds("copy t from '/file'; copy (select 1 from stdin) to stdout; copy t to program 'x'"),
    'other other copy-program',
  );
});

test('names of channels fold as the server folds them', () => {
  assert.deepEqual(scanSql('listen Новости; listen "Mixed ""quoted"" Case"; listen ABC').statements, [
    { kind: 'listen', channel: 'Новости' },
    { kind: 'listen', channel: 'Mixed "quoted" Case' },
    { kind: 'listen', channel: 'abc' },
  ]);
});

test('names of prepared statements are replaced where they stand, and nowhere else', () => {
  const rename = (sql: string): string =>
    renameStatements(sql, scanSql(sql).statementNames, (name) => `s1.${name}`);
  assert.equal(rename('prepare P as select p'), 'prepare "s1.p" as select p');
  assert.equal(rename('execute "P"(1); select 1'), 'execute "s1.P"(1); select 1');
  assert.equal(rename('explain (analyze) execute p'), 'explain (analyze) execute "s1.p"');
  assert.equal(rename('create table t as execute p'), 'create table t as execute "s1.p"');
  assert.equal(rename('deallocate prepare p'), 'deallocate prepare "s1.p"');
  const trigger = 'create trigger t after insert on x for each row execute function f()';
  assert.equal(rename(trigger), trigger);
  assert.equal(rename("prepare transaction 'x'"), "prepare transaction 'x'");
});
