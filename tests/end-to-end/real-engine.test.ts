import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LOCAL_MODEL } from '../../src/embedding/local-embedder.ts';
import { createEngineProject, PORTS_FILE, type EngineProject } from '../helpers/compose/engine-project.ts';
import { ROOT } from '../helpers/dockerfile.ts';
import { parseGuide, type GuideStep } from '../helpers/guide.ts';
import { runInOrder, runSteps, type TestStep } from '../helpers/guide-shell.ts';
import { assertIndexFollowsData, assertStatusIsTrue, compareIndex } from '../helpers/oracle.ts';
import { until } from '../helpers/until.ts';
import { watchHealth } from '../helpers/watch-health.ts';

const TIMEOUT_MS = 1_800_000;
const skip = process.env['TEST_CONTAINERS'] !== '1' && 'needs a container engine: TEST_CONTAINERS=1 runs it';

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const page = parseGuide(read('docs/containers.md'));

/** The commands of a section of docs/containers.md. */
function scriptsOf(heading: string): string[] {
  const steps = page.filter((step: GuideStep) => step.heading === heading);
  assert.ok(steps.length > 0, heading);
  return steps.map(({ script }) => script);
}

describe('compose.yaml on a real engine', { skip, timeout: TIMEOUT_MS }, () => {
  let project: EngineProject;
  before(async () => {
    project = await createEngineProject();
  });
  after(() => project.remove());

  // Tests of a suite run in a random order. Each of these steps rests on those before it, so they are subtests of one test.
  const steps: TestStep[] = [];
  const step = (name: string, work: TestStep['work']) => steps.push({ name, work });

  const composed = (parameters: string) => project.run(`docker compose ${parameters}`);
  const sql = (database: string, statement: string) =>
    composed(`exec -T db psql -U wb_assist -d ${database} -v ON_ERROR_STOP=1 -Atqc "${statement}"`);
  const imageOf = (service: string) => composed(`ps --format '{{.Image}}' ${service}`);
  const addReview = (id: string, text: string) =>
    sql(
      'wb_assist',
      `insert into wb_reviews (cabinet_id, review_id, nm_id, rating, text, created_date) values (1, '${id}', 148001001, 5, '${text}', now())`,
    );

  async function untilSettled(): Promise<void> {
    await until('every change is indexed', async () => {
      const status = JSON.parse(await composed('exec -T api wb-assist status --json')) as {
        outbox: { changes: number };
        jobs: number;
      };
      return status.outbox.changes === 0 && status.jobs === 0;
    });
  }

  const model = { windowDays: 90, model: LOCAL_MODEL };
  const assertIndexIsRight = () =>
    project.withDatabases(async (main, vector) => {
      await assertIndexFollowsData(main, vector, model);
      await assertStatusIsTrue(main, vector);
    });

  step('does what the guide says, from no image', async (t) => {
    assert.ok(await runSteps(t, project.shell, parseGuide(read('docs/deployment.ru.md'))));
  });

  step('gives the program a role that is no superuser, and the superuser no password', async () => {
    await composed('up -d --wait');
    assert.equal(await sql('wb_assist', 'select usesuper from pg_user where usename = current_user'), 'f');
    const asSuperuser = await project.shell.run(
      `docker compose exec -T -e PGPASSWORD="$(sed -n s/^POSTGRES_PASSWORD=//p .env)" db psql -h db -U postgres -c 'select 1'`,
    );
    assert.match(asSuperuser.stderr, /password authentication failed/);
  });

  const newVersion = () => `${project.version}-next`;
  const migration = () => join(project.directory, 'migrations/999_next_version.sql');
  const upgrade = () => scriptsOf('Upgrade')[0]!;

  step('an upgrade whose migration fails leaves the version before serving', async () => {
    writeFileSync(migration(), '-- Up Migration\nselect 1 / 0;\n-- Down Migration\n');
    await project.run(`export WB_ASSIST_VERSION=${newVersion()}`);
    const { asked, failed } = await watchHealth(project.apiUrl, async () => {
      const { code, stderr } = await project.shell.run(upgrade());
      assert.notEqual(code, 0);
      assert.match(stderr, /migration_failed/);
    });
    assert.ok(asked > 10);
    assert.equal(failed, 0, `of ${asked} requests meanwhile`);
    assert.equal(await imageOf('api'), `wb-assist:${project.version}`);
  });

  step('so does a setting that the services would not start with', async () => {
    const { failed } = await watchHealth(project.apiUrl, async () => {
      for (const setting of ['API_SECRET_KEY=short-5fz8Q', 'RAG_WINDOW_DAYS=many']) {
        const { code, stderr } = await project.shell.run(`export ${setting}\n${upgrade()}`);
        assert.notEqual(code, 0);
        assert.match(stderr, new RegExp(`${setting.split('=')[0]!}.*[^]*config_invalid`));
      }
    });
    assert.equal(failed, 0);
  });

  step('upgrades, and steps back onto the migrated database', async (t) => {
    writeFileSync(migration(), '-- Up Migration\ncreate table next_version ();\n-- Down Migration\n');
    const { longestOutageMs } = await watchHealth(project.apiUrl, async () => {
      await project.run(upgrade());
    });
    t.diagnostic(`the API was away for ${longestOutageMs} ms`);
    assert.equal(await imageOf('api'), `wb-assist:${newVersion()}`);
    assert.equal(await sql('wb_assist', 'select count(*) from next_version'), '0');

    const stepBack = scriptsOf('Upgrade')[1]!.replace(/(?<=WB_ASSIST_VERSION=)\S+/, project.version);
    await project.run(stepBack);
    assert.equal(await imageOf('worker'), `wb-assist:${project.version}`);
    await addReview('after-step-back', 'Прежняя версия работает');
    await untilSettled();
    await assertIndexIsRight();
    await project.run(`export WB_ASSIST_VERSION=${newVersion()}`);
    await composed('up -d --wait --no-build');
  });

  step('restores dumps of two moments as documented, and the index is that of the rows', async (t) => {
    await addReview('in-both', 'Есть в обеих копиях');
    await addReview('gone', 'Строки нет, отрывок есть');
    await untilSettled();
    const [backUp] = scriptsOf('Back up');
    await project.run(backUp!);
    await addReview('in-main-only', 'Строка есть, отрывка нет');
    await sql('wb_assist', `delete from wb_reviews where review_id = 'gone'`);
    await untilSettled();
    await project.run(backUp!.split('\n')[0]!); // the main database once more, later
    await addReview('too-late', 'Написано после копии');
    await untilSettled();

    const [commands] = scriptsOf('Restore');
    const [restore, rebuild] = commands!.split(/\n(?=.*wb-assist rebuild --all)/);
    await project.run(restore!);
    const { missing, orphaned } = await project.withDatabases((main, vector) =>
      compareIndex(main, vector, model),
    );
    t.diagnostic(`before the rebuild ${missing.length} rows missing, ${orphaned.length} chunks too many`);
    await project.run(rebuild!);
    await untilSettled();
    await assertIndexIsRight();
    assert.equal(
      await sql(
        'wb_assist',
        `select string_agg(review_id, ' ' order by review_id) from wb_reviews where review_id in ('in-both', 'gone', 'in-main-only', 'too-late')`,
      ),
      'in-both in-main-only',
    );
    assert.match(await composed('exec -T worker wb-assist doctor'), /^\d+ ok/m);
  });

  step('moves to a volume of another major, and leaves the old one as it is', async () => {
    const [move] = scriptsOf('Another major of Postgres');
    const { image } = /(?<=image: )(?<image>pgvector\S+)/.exec(read('compose.yaml'))!.groups!;
    const before = await sql('wb_assist', 'select count(*) from wb_orders');
    // The engine of a test may know one image of Postgres; what is tried is the volume.
    const [stop, start] = move!.replace(/image: pgvector\S+/, `image: ${image}`).split(/(?<=^EOF$)\n/m);
    await project.run(stop!);
    await project.run(`export COMPOSE_FILE=compose.yaml:compose.override.yaml:${PORTS_FILE}`);
    await project.run(start!);
    await project.run(scriptsOf('Restore')[0]!);
    await untilSettled();
    await assertIndexIsRight();
    assert.equal(await sql('wb_assist', 'select count(*) from wb_orders'), before);

    await project.run(`docker compose down\nexport COMPOSE_FILE=compose.yaml:${PORTS_FILE}`);
    await composed('up -d --wait');
    assert.equal(await sql('wb_assist', 'select count(*) from wb_orders'), before);
  });

  step('says what stands in its logs, as documented', async () => {
    const lines = await project.run(scriptsOf('Logs')[0]!);
    assert.match(lines, /^[^{]/);
  });

  step('is taken away by the first step of the guide although .env is gone', async () => {
    rmSync(join(project.directory, '.env'));
    const [first] = parseGuide(read('docs/deployment.ru.md'));
    await project.run(`unset API_SECRET_KEY\n${first!.script}`);
    const left = await project.run(
      'docker volume ls -q --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME --filter label=com.docker.compose.volume=db',
    );
    assert.equal(left, '');
    assert.ok(!existsSync(join(project.directory, '.env')));
  });

  step('takes its secrets from files, and shows none of them', async () => {
    await project.run(`unset COMPOSE_FILE\n${scriptsOf('Secrets in files')[0]!}`);
    const status = await project.run(
      `curl -s -o /dev/null -w '%{http_code}' -H "X-API-KEY: $(cat secrets/api_secret_key)" http://localhost:8000/api/v1/cabinets`,
    );
    assert.equal(status, '200');
    const shown = await project.run('docker inspect $(docker compose ps --all --quiet)');
    for (const secret of ['api_secret_key', 'postgres_password'])
      assert.ok(
        !shown.includes(readFileSync(join(project.directory, 'secrets', secret), 'utf8').trim()),
        secret,
      );
  });

  it('does what its pages promise, step by step', { timeout: TIMEOUT_MS }, async (t) => {
    await runInOrder(t, steps);
  });
});
