import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { silentLog } from '../../src/log.ts';
import { makeToken } from '../../src/wildberries/make-token.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { SCOPE_BITS, type Scope } from '../../src/wildberries/token.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory, type Outcome } from '../helpers/run-program.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { FROZEN_AT } from '../helpers/test-sync.ts';

const SCOPES = Object.keys(SCOPE_BITS) as Scope[];

describe('`wb-assist sync`', () => {
  let simulator: Simulator;
  let database: TestDatabase;

  before(async () => {
    simulator = createSimulator({
      port: 0,
      log: silentLog(),
      limits: 'off',
      frozenAt: FROZEN_AT,
      shop: { products: 8, ordersPerDay: 2, reviewsPerDay: 1 },
    });
    await simulator.start();
    database = await createTestDatabase();
  });
  after(async () => {
    await simulator.stop(1_000);
    await database.drop();
  });

  async function run(t: TestContext, ...parameters: string[]): Promise<Outcome> {
    return runInSession(parameters, {
      cwd: await emptyDirectory(t),
      env: {
        DATABASE_URL: database.connectionString,
        WB_API: 'simulator',
        WB_SIMULATOR_URL: simulator.url,
        WB_SIMULATOR_LIMIT_SCALE: '0',
      },
    });
  }

  /** Cabinets with these tokens. Resolves to their ids. */
  async function addCabinets(...apiKeys: string[]): Promise<string[]> {
    const { rows } = await database.pool.query<{ id: string }>(
      `insert into wb_cabinets (name, api_key) select 'Кабинет', key from unnest($1::text[]) key returning id`,
      [apiKeys],
    );
    return rows.map(({ id }) => id);
  }

  const token = (scopes: readonly Scope[], type: 'personal' | 'base' = 'personal', seller = 'seller') =>
    makeToken({ sellerId: seller, type, scopes, expiresAt: new Date('2099-01-01T00:00:00Z') });

  it('says which Wildberries it talks to, what each part brought and how it ended', async (t) => {
    const [cabinet] = await addCabinets('YOUR_WB_API_KEY');
    const { code, stdout, stderr } = await run(t, 'sync', cabinet!);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(stdout, /Wildberries simulator \(http:.*\), not with Wildberries itself/);
    for (const part of ['products', 'prices', 'ratings', 'sales', 'orders', 'stocks', 'reviews'])
      assert.match(stdout, new RegExp(`^ +${part} +\\d+ rows, \\d+ new, \\d+ changed$`, 'm'), stdout);
    assert.match(stdout, new RegExp(`^WB sync of cabinet ${cabinet!}: completed$`, 'm'));
    // And once more, when there is nothing new.
    const again = await run(t, 'sync', cabinet!);
    assert.match(again.stdout, /^ +orders +\d+ rows, 0 new, 0 changed$/m);
  });

  it('says what the token does not permit, and that is no failure', async (t) => {
    const [cabinet] = await addCabinets(token(['content', 'statistics'], 'personal', 'few scopes'));
    const { code, stdout } = await run(t, 'sync', cabinet!);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ +reviews +skipped: .*"Вопросы и отзывы"/m);
    assert.match(stdout, /^ +orders +\d+ rows/m);
    assert.match(stdout, /: partial/);
  });

  it('fails with the reason when Wildberries refuses, and prints JSON when asked', async (t) => {
    const [cabinet] = await addCabinets(token(SCOPES, 'personal', 'refused'));
    simulator.faults.add({ sellerId: 'refused', endpoint: 'orders', kind: '404', times: Infinity });
    const { code, stdout } = await run(t, 'sync', cabinet!, '--json');
    assert.equal(code, 1);
    const state = JSON.parse(stdout) as {
      run: { status: string };
      parts: { part: string; status: string; errorMessage: string | null }[];
    };
    assert.equal(state.run.status, 'partial');
    const orders = state.parts.find(({ part }) => part === 'orders');
    assert.equal(orders?.status, 'failed');
    assert.match(orders.errorMessage ?? '', /404/);
    simulator.faults.clear();
  });

  it('leaves a wait of hours to the service, and says until when', async (t) => {
    const [cabinet] = await addCabinets(token(SCOPES, 'personal', 'patient'));
    simulator.faults.add({
      sellerId: 'patient',
      endpoint: 'sales',
      kind: '429',
      times: 1,
      retryAfterSeconds: 3 * 3600,
    });
    const { code, stdout } = await run(t, 'sync', cabinet!);
    assert.equal(code, 0);
    assert.match(stdout, /^ +products +\d+ rows/m);
    assert.match(stdout, /^ +sales +deferred: .* until \d{4}-/m);
    assert.match(stdout, /The rest has to wait until \d{4}-\S+Z\. The service goes on with it then/);
  });
});
