/**
 * How long a sync takes with a large shop: the first one, one with nothing new, and one after a day. The simulator runs in
 * a process of its own, with its limits switched off; the embedder and the listener do not run.
 *
 *   npm run bench                                  on the embedded Postgres, after bench/follow.ts
 *   BENCH_DATABASE_URL=postgres://… npm run bench  on a server; the database is left filled
 */
import '../bin/small-heap.js';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readTokenKeys } from '../src/cabinets/tokens/token-keys.ts';
import { createTokenVault } from '../src/cabinets/tokens/token-vault.ts';
import { createEvents } from '../src/events.ts';
import { createConfiguredSynchroniser } from '../src/wildberries/configured.ts';
import { silentLog } from '../src/log.ts';
import { startBenchApp } from './bench-app.ts';

const SHOP = ['--products', '500', '--orders-per-day', '222', '--reviews-per-day', '55'];
const TABLES = ['products', 'orders', 'sales', 'stocks', 'reviews'] as const;

const simulator = await startSimulator();
// No role: the databases, migrated, and nothing that runs.
const { app, config, stop } = await startBenchApp([], {
  WB_SIMULATOR_LIMIT_SCALE: '0',
  RAG_ENABLED: 'false',
});
console.log(`${app.embedded ? 'embedded' : 'server'} Postgres`);
const synchroniser = createConfiguredSynchroniser(config, {
  location: { kind: 'simulator', url: simulator.url },
  main: app.main,
  vault: createTokenVault(() => readTokenKeys(config, undefined)),
  events: createEvents(),
  log: silentLog(),
});
const { rows } = await app.main.pool.query<{ id: string }>(
  `insert into wb_cabinets (name, api_key) values ('bench', 'simulated') returning id`,
);
const cabinetId = Number(rows[0]!.id);

await measure('first sync');
await app.main.pool.query('delete from rag_changes');
await measure('again, with nothing new');
await fetch(`${simulator.url}/_simulator/time`, { method: 'POST', body: '{"advance_days": 1}' });
await measure('again, after a day');
// The kernel's own high-water mark, in kilobytes; samples would miss the moments that count.
console.log(`memory of the process, peak: ${(process.resourceUsage().maxRSS / 1000).toFixed(0)} MB`);

await stop();
simulator.stop();

async function measure(what: string): Promise<void> {
  const startedAt = performance.now();
  const { signal } = new AbortController();
  const outcome = await synchroniser.run(cabinetId, { trigger: 'command', owner: 'bench', signal });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
  const counts = await Promise.all(
    TABLES.map(async (table) => {
      const found = await app.main.pool.query<{ n: number }>(
        `select count(*)::int as n from wb_${table} where cabinet_id = $1`,
        [cabinetId],
      );
      return `${table} ${found.rows[0]!.n}`;
    }),
  );
  const changes = await app.main.pool.query<{ n: number }>(
    `select coalesce(sum(cardinality(ids)), 0)::int as n from rag_changes where cabinet_id = $1`,
    [cabinetId],
  );
  console.log(
    `${what}: ${outcome.status} in ${seconds} s; ${counts.join(', ')}; ${changes.rows[0]!.n} ids in the outbox`,
  );
}

async function startSimulator(): Promise<{ url: string; stop(): void }> {
  const program = fileURLToPath(new URL('../bin/wb-assist.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'simulate', '--port', '0', '--no-limits', ...SHOP], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /Wildberries simulator on (\S+?);/.exec(line)?.[1];
    if (url !== undefined) return { url, stop: () => void child.kill() };
  }
  throw new Error('The simulator did not start.');
}
