import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { declaredBy, readDeclared } from '../../src/database/declared-triggers.ts';

const named = (texts: readonly string[]) => {
  const { triggers, functions } = declaredBy(texts);
  return {
    triggers: triggers.map(({ name, table, function: calls }) => `${name} on ${table}: ${calls}`),
    functions: functions.map(({ name }) => name),
  };
};

describe('the triggers that migrations declare', () => {
  it('are those of all files, without those that a later file drops', () => {
    const one = `-- Up Migration
      create function f() returns trigger language plpgsql as $$ begin create trigger no on no; return null; end $$;
      create trigger a after insert or update of "on" on t for each row execute function f();
      create constraint trigger b after insert on public.t for each row execute procedure public.f('x');
      CREATE TRIGGER c AFTER INSERT ON u EXECUTE FUNCTION f();
      create table v (id int); create function g(n int) returns int language sql as 'select n';
      -- Down Migration
      drop trigger a on t;`;
    assert.deepEqual(named([one]), {
      triggers: ['a on t: f', 'b on t: f', 'c on u: f'],
      functions: ['f', 'g'],
    });
    const two = `-- Up Migration
      drop trigger if exists a on public.t; drop table if exists u cascade; drop function g(int);
      create or replace trigger b before delete on t for each statement execute function h();
      -- Down Migration
      select 1;`;
    assert.deepEqual(named([one, two]), { triggers: ['b on t: h'], functions: ['f'] });
  });

  it('do not include functions of other schemas, whatever they are called', () => {
    const one = `create function public.f() returns int language sql as 'select 1';
      create function wb_dashboard.g() returns int language sql as 'select 1';`;
    assert.deepEqual(named([one]).functions, ['f']);
    const two = `drop function wb_dashboard.f();
      create or replace function wb_dashboard.f() returns int language sql as 'select 2';`;
    assert.equal(declaredBy([one, two]).functions[0]?.body, 'select 1');
  });

  it('come with the last statement that made them, as it stands in the file', () => {
    const one = `create function f() returns int security definer language sql as $$ select 1 $$;`;
    const two = `Create  Function f() returns int language sql as $$ select 2 $$;`;
    assert.deepEqual(declaredBy([one, two]).functions, [
      {
        name: 'f',
        body: ' select 2 ',
        securityDefiner: false,
        statement: 'create or replace function f() returns int language sql as $$ select 2 $$',
      },
    ]);
    assert.equal(declaredBy([one]).functions[0]?.securityDefiner, true);
  });

  it('of the main database are found all, by another count', () => {
    const { triggers } = readDeclared('main');
    const text = ['008_keep_updated_at', '011_capture_changes']
      .map((name) => readFileSync(new URL(`../../migrations/${name}.sql`, import.meta.url), 'utf8'))
      .join('\n');
    assert.equal(triggers.length, text.match(/^create trigger /gm)?.length);
    assert.ok(triggers.every(({ statement }) => statement.startsWith('create trigger ')));
    const stocks = triggers.find(({ name }) => name === 'wb_stocks_touch_updated_at');
    assert.match(stocks?.statement ?? '', /new\.source/, 'the statement of 013, not of 008');
  });
});
