import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '../../../src/database/migrations.ts';
import { messageOf } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { createFakeOpenAI } from '../../helpers/fake-openai.ts';
import { ACTORS } from './actors.ts';
import { findBlindSpots } from './controls.ts';
import { withClient } from './cluster.ts';
import { PAUSED_WORKER, PROCESS_FAULTS } from './faults-of-processes.ts';
import { SERVER_FAULTS } from './faults-of-servers.ts';
import { STATEMENT_FAULTS } from './faults-of-statements.ts';
import { startFleet, type MemberSpec } from './fleet.ts';
import { watchHoldUps } from './hold-ups.ts';
import { checkOutOlderVersion } from './older-version.ts';
import { createProbe } from './probe.ts';
import { KEY_OF_OLDER, startProviderFaults } from './provider-faults.ts';
import { createRandom } from './random.ts';
import { createSite, type Site } from './site.ts';
import { describeRun, type SuiteReport } from './suite-report.ts';
import { judge } from './verdict.ts';
import type { Fault, World } from './world.ts';
import { startWriters } from './writers.ts';
import { FIRST_ROWS } from './writes.ts';

export interface SuiteOptions {
  bin: string;
  seed: number;
  /** Faults go on until this time is over and each has been inflicted once, at most twice as long. */
  seconds: number;
  /** Aborted: what was started is ended at once. */
  signal: AbortSignal;
  say: (text: string) => void;
  /** Only faults whose name it matches. */
  only?: RegExp | undefined;
  /** Where the processes leave what they wrote. */
  logs?: string | undefined;
}

const FAULTS: readonly Fault[] = [...SERVER_FAULTS, ...PROCESS_FAULTS, ...STATEMENT_FAULTS];
const WRITERS = 4;
/** A row that is written after a fault must be searchable by then. */
const RECOVERY_LIMIT_MS = 60_000;
const QUIET_LIMIT_MS = 90_000;
/** After a server is back, statements that it held up are no news for so long. */
const EXCUSE_MS = 1_000;
const HOLD_UP_LIMIT_MS = 1_000;
const CLOCK = fileURLToPath(new URL('./jumping-clock.ts', import.meta.url));

const SPECS: readonly MemberSpec[] = [
  { name: 'listener 1', role: 'listener' },
  { name: 'listener 2', role: 'listener' },
  { name: 'worker 1', role: 'worker' },
  // Hardly enough connections, so that its parts wait for one another.
  { name: 'worker 2', role: 'worker', env: { DATABASE_POOL_SIZE: '2' } },
  { name: 'api', role: 'api' },
];

/** Runs the whole suite once; resolves to what came of it. Leaves nothing behind. */
export async function runSuite(options: SuiteOptions): Promise<SuiteReport> {
  await using stack = new AsyncDisposableStack();
  const { bin, seed, say, signal } = options;
  const random = createRandom(seed);
  const main = await createSite(bin, 'main');
  stack.defer(() => main.close());
  const vector = await createSite(bin, 'vector');
  stack.defer(() => vector.close());
  await prepare(main, vector);
  const openai = await createFakeOpenAI({ latencyMs: 40 });
  stack.defer(() => openai.stop());

  const older = checkOutOlderVersion();
  if (typeof older === 'string') say(`Skipped: an older version beside this one, because ${older}.`);
  else {
    stack.defer(() => {
      older.remove();
    });
  }
  const olderSpecs: MemberSpec[] =
    typeof older === 'string'
      ? []
      : (['listener', 'worker'] as const).map((role) => ({
          name: `${role} of ${older.commit}`,
          role,
          program: older.program,
          env: { OPENAI_API_KEY: KEY_OF_OLDER },
        }));

  /** How many faults of each database are under way, and when the last one ended. */
  const touched = { main: { now: 0, until: -Infinity }, vector: { now: 0, until: -Infinity } };
  const isTouched = (name: Site['name']) =>
    touched[name].now > 0 || performance.now() - touched[name].until < EXCUSE_MS;

  const fleet = startFleet({
    env: {
      DATABASE_URL: main.programUrl,
      RAG_DATABASE_URL: vector.programUrl,
      OPENAI_API_KEY: 'key',
      OPENAI_BASE_URL: openai.url,
      OPENAI_TIMEOUT_MS: '3000',
      RAG_EMBEDDING_BATCH_SIZE: '20',
      NODE_OPTIONS: `--import=${CLOCK}`,
      FAULTS_CLOCK_OFFSETS: [3, -2, 26, -30, 0].map((hours) => hours * 3_600_000).join(','),
    },
    specs: [...SPECS, ...olderSpecs],
    logs: options.logs,
    mayFailToStart: () => isTouched('main') || isTouched('vector'),
  });
  stack.defer(() => fleet.abandon());
  await Promise.race([fleet.untilReady(), failAfter(60_000, 'the processes are not ready', signal)]);

  const holdUps = watchHoldUps(main.cluster.url('admin'));
  stack.defer(() => holdUps.stop());
  const probe = await createProbe(main, vector);
  const providerFaults = startProviderFaults(openai, random.fork());
  stack.defer(() => providerFaults.stop());
  const writers = startWriters({
    url: main.cluster.url('writer'),
    count: WRITERS,
    random: random.fork(),
    isExcused: () => isTouched('main'),
  });
  stack.defer(() => writers.stop());
  const actors = ACTORS.map((start) => start(fleet, random.fork()));
  for (const actor of actors) stack.defer(() => actor.stop());

  const world: World = { main, vector, fleet, openai, random: random.fork(), signal };
  const report: SuiteReport = {
    seed,
    faults: new Map(),
    providerFaults: providerFaults.counts,
    writes: writers.report(),
    failedStarts: 0,
    actors: new Map(),
    embeddingRequests: 0,
    longestRecoveryMs: 0,
    slowestFault: '',
    longestHoldUpMs: 0,
    holdUpSamples: 0,
    errors: new Map(),
    verdict: undefined,
    blindSpots: undefined,
    findings: [],
    seconds: 0,
  };

  async function inflict(fault: Fault): Promise<void> {
    report.faults.set(fault.kind, (report.faults.get(fault.kind) ?? 0) + 1);
    for (const name of fault.touches) touched[name].now += 1;
    try {
      await fault.inflict(world);
    } finally {
      for (const name of fault.touches) {
        touched[name].now -= 1;
        touched[name].until = performance.now();
      }
    }
  }

  async function inflictAndMeasure(fault: Fault): Promise<void> {
    const started = performance.now();
    await inflict(fault);
    const lastedMs = performance.now() - started;
    const recoveryMs = await probe.measure(RECOVERY_LIMIT_MS);
    say(
      `  ${fault.kind}: lasted ${(lastedMs / 1000).toFixed(1)} s, served again after ${(recoveryMs / 1000).toFixed(1)} s`,
    );
    if (recoveryMs > report.longestRecoveryMs) {
      report.longestRecoveryMs = recoveryMs;
      report.slowestFault = fault.kind;
    }
  }

  const started = performance.now();
  const isOver = () => performance.now() - started > options.seconds * 1_000;
  const isLate = () => performance.now() - started > options.seconds * 2_000;
  try {
    await probe.measure(RECOVERY_LIMIT_MS);
    const faults = FAULTS.filter(({ kind }) => options.only?.test(kind) ?? true);
    const queue = random.shuffled(faults);
    let paused = inflict(PAUSED_WORKER);
    let isPaused = true;
    while (!signal.aborted && (!isOver() || (queue.length > 0 && !isLate()))) {
      await inflictAndMeasure(queue.pop() ?? random.pick(faults));
      if (isPaused && world.fleet.members.every((member) => !member.paused)) {
        isPaused = !isOver() && random.chance(0.5);
        await paused;
        if (isPaused) paused = inflict(PAUSED_WORKER);
      }
    }
    if (queue.length > 0)
      say(`Left out, as this machine is slow: ${queue.map(({ kind }) => kind).join('; ')}.`);
    await paused;
    signal.throwIfAborted();
    await writers.stop();
    await Promise.all(actors.map((actor) => actor.stop()));
    await providerFaults.stop();
    report.verdict = await judge({ main, vector, openai }, QUIET_LIMIT_MS);
    await fleet.stop();
    report.findings.push(...report.verdict.findings, ...fleet.failures, ...writers.failures);
    for (const actor of actors) report.findings.push(...actor.failures);
    const active = await main.query(`select name, id from pgboss.job where state = 'active'`);
    if (active.length > 0)
      report.findings.push(`jobs are active after all have stopped: ${JSON.stringify(active)}`);
    if (report.verdict.findings.length === 0)
      report.blindSpots = await findBlindSpots({ main, vector, openai }, await modelOf(vector));
  } catch (error) {
    report.findings.push(...fleet.failures, ...writers.failures, messageOf(error));
  }
  report.seconds = (performance.now() - started) / 1000;
  report.writes = writers.report();
  report.failedStarts = fleet.failedStarts();
  for (const actor of actors) report.actors.set(actor.name, actor.done());
  report.embeddingRequests = openai.requests.length;
  report.longestHoldUpMs = holdUps.longestMs();
  report.holdUpSamples = holdUps.samples();
  for (const site of [main, vector])
    report.errors.set(site.name, await site.cluster.countErrors(/^wb-assist/));
  if (report.longestHoldUpMs > HOLD_UP_LIMIT_MS)
    report.findings.push(`A writer was held up by ${holdUps.culprit()}`);
  for (const kind of report.blindSpots ?? [])
    report.findings.push(`The checker does not see what is ${kind}: it cannot be trusted`);
  say(describeRun(report));
  return report;
}

async function prepare(main: Site, vector: Site): Promise<void> {
  for (const [set, site] of [
    ['main', main],
    ['vector', vector],
  ] as const) {
    const connectionString = site.cluster.url('program');
    await migrate({ set, connectionString, direction: 'up', log: silentLog() });
  }
  await withClient(main.cluster.url('admin'), async (client) => {
    for (const statement of FIRST_ROWS) await client.query(statement);
  });
}

async function modelOf(vector: Site): Promise<string> {
  const [row] = await vector.query<{ model: string }>('select model from rag_embeddings limit 1');
  return row?.model ?? '';
}

async function failAfter(limitMs: number, what: string, signal: AbortSignal): Promise<never> {
  await delay(limitMs, undefined, { signal, ref: false }).catch(() => undefined);
  throw new Error(signal.aborted ? 'aborted' : `After ${limitMs} ms ${what}`);
}
