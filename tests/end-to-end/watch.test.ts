import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { receiveEvents } from '../helpers/event-stream.ts';
import { freePort } from '../helpers/free-port.ts';
import { inheritedVariables } from '../helpers/inherited-variables.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { API_SECRET_KEY, startServiceProcess, type ServiceProcess } from '../helpers/service-process.ts';
import { createProcessDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/wb-assist.js', import.meta.url));

interface Watch {
  readonly out: string[];
  readonly said: string[];
  /** Ctrl+C. Resolves to the exit code. */
  interrupt(): Promise<number | null>;
}

/** `wb-assist watch`, in a process of its own, once it watches. */
async function startWatch(t: TestContext, url: string, parameters: readonly string[] = []): Promise<Watch> {
  const cwd = await emptyDirectory(t);
  const env = { ...inheritedVariables(), API_SECRET_KEY, TZ: 'Asia/Kamchatka' };
  const child = spawn(process.execPath, [PROGRAM, 'watch', '--url', url, ...parameters], { cwd, env });
  t.after(() => child.kill('SIGKILL'));
  const [out, said]: [string[], string[]] = [[], []];
  createInterface({ input: child.stdout }).on('line', (line) => out.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const closed = once(child, 'close');
  await until('it watches', () => {
    assert.equal(child.exitCode, null, said.join('\n'));
    return said.some((line) => line.startsWith('Watching'));
  });
  return {
    out,
    said,
    async interrupt() {
      child.kill('SIGINT');
      await closed;
      return child.exitCode;
    },
  };
}

const WAY = ['change_captured', 'job_created', 'job_started', 'batch_embedded', 'run_finished'];

/** On the embedded database one process does everything; on a server each role is one of its own. */
describe(`wb-assist watch, ${nativeServerUrl === undefined ? 'one process' : 'the roles apart'}`, () => {
  const processes: ServiceProcess[] = [];
  let release: () => Promise<void>;
  let env: Record<string, string>;
  let pool: pg.Pool;
  let url: string;
  let cabinetId: number;

  const startRole = async (...command: string[]) => {
    const started = await startServiceProcess({ command, env });
    processes.push(started);
    return { started, ready: await started.ready };
  };

  before(async () => {
    ({ env, release } = await createProcessDatabase());
    const first = await startRole(nativeServerUrl === undefined ? 'start' : 'api');
    if (nativeServerUrl !== undefined) await Promise.all([startRole('listener'), startRole('worker')]);
    url = Object.values(first.ready.apiUrls)[0]!;
    pool = new pg.Pool({ connectionString: first.ready.databaseUrl, max: 2 });
    pool.on('error', () => undefined);
    const { rows } = await pool.query<{ id: string }>(
      `insert into wb_cabinets (name) values ('Магазин') returning id`,
    );
    cabinetId = Number(rows[0]!.id);
    await insert('o-0');
    await until('nothing is under way any more', async () => {
      const { rows: counts } = await pool.query<{ finished: boolean }>(
        `select count(*) filter (where type = 'run_finished') > 0
           and count(*) filter (where type = 'run_finished') = count(*) filter (where type = 'job_created') as finished
         from rag_events`,
      );
      return counts[0]!.finished;
    });
  });

  after(async () => {
    await pool.end();
    await Promise.all(processes.map((one) => one.end('SIGTERM')));
    await release();
  });

  const insert = (orderId: string) =>
    pool.query(
      `insert into wb_orders (cabinet_id, order_id, nm_id, name, order_date) values ($1, $2, 7, 'Кружка', now())`,
      [cabinetId, orderId],
    );

  it('shows the way of an INSERT from captured to finished, in words and local time, and Ctrl+C ends it with 0', async (t) => {
    const watch = await startWatch(t, url, [String(cabinetId)]);
    await insert('o-1');
    await until('the run has finished', () => watch.out.some((line) => line.includes('indexing finished')));
    assert.equal(await watch.interrupt(), 0);
    const time = String.raw`\d\d:\d\d:\d\d\.\d{3}  cabinet ${cabinetId}  `;
    const expected = [
      String.raw`change captured: 1 order, \d+ m?s after it was written`,
      'job queued: 1 order',
      'indexing started: 1 order',
      '1 chunk embedded and searchable',
      String.raw`indexing finished in \d+ m?s: 1 new`,
    ];
    const way = watch.out;
    assert.equal(way.length, expected.length, watch.out.join('\n'));
    // What different processes say has the order in which they wrote it down.
    for (const words of expected)
      assert.ok(
        way.some((line) => new RegExp(`^${time}${words}$`).test(line)),
        words,
      );
    assert.match(watch.said.at(-1)!, /^To go on from here: wb-assist watch --since \d+$/);
    // Kamchatka is UTC+12 all year.
    const hour = new Date(Date.now() + 12 * 3_600_000).getUTCHours();
    assert.ok([hour, (hour + 23) % 24].includes(Number(way[0]!.slice(0, 2))), way[0]);
  });

  it('prints the same as JSON lines, from where it is told', async (t) => {
    const now = await startWatch(t, url);
    await insert('o-2');
    await until('it has been seen', () => now.out.some((line) => line.includes('indexing finished')));
    await now.interrupt();
    const since = await startWatch(t, url, ['--json', '--since', '0', String(cabinetId)]);
    const seen = () => since.out.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { rows } = await pool.query<{ last: string }>('select max(id) as last from rag_events');
    await until('it has caught up', () => seen().at(-1)?.['id'] === Number(rows[0]!.last));
    assert.equal(await since.interrupt(), 0);
    const ids = seen().map(({ id }) => Number(id));
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
    const types = seen().map(({ type }) => type);
    for (const type of WAY) assert.ok(types.filter((one) => one === type).length >= 2, type);
  });

  it('says what is in the way, and ends with 1', async (t) => {
    const cwd = await emptyDirectory(t);
    const run = (parameters: string[], key: string = API_SECRET_KEY) =>
      runInSession(['watch', ...parameters], { cwd, env: { API_SECRET_KEY: key } });
    const wrongKey = await run(['--url', url], 'another-key-0123');
    assert.equal(wrongKey.code, 1);
    assert.match(wrongKey.stderr, /refuses the key.*API_SECRET_KEY[^]*\(unauthorized\)/);
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const nobody = await run(['--url', nowhere]);
    assert.equal(nobody.code, 1);
    assert.match(
      nobody.stderr,
      /127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED[^]*\(service_unreachable\)/,
    );
    const noCabinet = await run(['--url', url, '987654']);
    assert.match(noCabinet.stderr, /987654[^]*\(cabinet_not_found\)/);
    assert.match((await run(['--url', 'ftp://x'])).stderr, /--url has to be/);
    assert.match((await run(['--since', 'x'])).stderr, /--since has to be/);
    assert.match((await run([], '')).stderr, /API_SECRET_KEY is not set/);
  });

  it('what a command does is seen, too', async (t) => {
    const stream = await receiveEvents(`${url}/v1/rag/events?types=rebuild_progress`, {
      'x-api-key': API_SECRET_KEY,
    });
    t.after(() => stream.close());
    await stream.next();
    const cwd = await emptyDirectory(t);
    const rebuilt = await runInSession(['rebuild', String(cabinetId)], { cwd, env });
    assert.equal(rebuilt.code, 0, rebuilt.stderr);
    const seen = [await stream.next(), await stream.next()];
    assert.deepEqual(
      seen.map(({ data }) => data['status']),
      ['started', 'completed'],
    );
    assert.equal(seen[1]!.data['rows_done'], seen[0]!.data['rows_total']);
  });

  it('loses nothing when the service is started again, and says that it was away', async (t) => {
    const port = await freePort();
    const at = `http://127.0.0.1:${port}`;
    env = { ...env, API_PORT: String(port) };
    const [command, before] =
      nativeServerUrl === undefined ? ['start', processes.pop()] : ['api', processes.shift()];
    await before!.end('SIGTERM');
    const first = await startRole(command);
    url = at; // of the tests that come after this one, in whatever order
    if (nativeServerUrl === undefined) {
      await pool.end();
      pool = new pg.Pool({ connectionString: first.ready.databaseUrl, max: 2 });
      pool.on('error', () => undefined);
    }
    const watch = await startWatch(t, at, ['--json']);
    await insert('o-3');
    const types = () => watch.out.map((line) => (JSON.parse(line) as { type: string }).type);
    await until('the first is seen', () => types().includes('run_finished'));
    await first.started.end('SIGTERM');
    await until('it says so', () => watch.said.some((line) => line.includes('Trying again')));
    if (nativeServerUrl !== undefined) {
      // The others go on meanwhile.
      await insert('o-4');
      await until('it is indexed, and written down', async () => {
        const { rows } = await pool.query<{ n: number }>(
          `select count(*)::int as n from rag_events where type = 'run_finished' and id > $1`,
          [(JSON.parse(watch.out.at(-1)!) as { id: number }).id],
        );
        return rows[0]!.n > 0;
      });
    }
    const second = await startRole(command);
    if (nativeServerUrl === undefined) {
      await pool.end();
      pool = new pg.Pool({ connectionString: second.ready.databaseUrl, max: 2 });
      pool.on('error', () => undefined);
      await insert('o-4');
    }
    await until('the second is seen', () => types().filter((type) => type === 'run_finished').length >= 2);
    assert.ok(watch.said.includes('Connected again.'));
    const ids = watch.out.map((line) => (JSON.parse(line) as { id: number }).id);
    assert.deepEqual(
      ids,
      ids.map((_, i) => ids[0]! + i),
      'none is missing, none came twice',
    );
    assert.equal(await watch.interrupt(), 0);
  });
});
