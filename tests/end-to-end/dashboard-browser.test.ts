import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { countDeadJobs } from '../../src/jobs/dead-jobs-queries.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { NO_BROWSER, startTestBrowser, type TestBrowser } from '../helpers/browser.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';

const KEY = 'test-secret-key';

describe('the queue dashboard in a browser', { skip: NO_BROWSER }, () => {
  let database: TestDatabase;
  let service: TestService;
  let browser: TestBrowser;
  let url: string;
  before(async () => {
    database = await createTestDatabase();
    // No listener: what is to be indexed is sent by the test.
    service = await startTestService({ databaseUrl: database.connectionString, roles: ['api', 'worker'] });
    browser = await startTestBrowser({ username: 'operator', password: KEY });
    url = service.app.apiUrls[0]!;
  });
  after(async () => {
    await browser.close();
    await service.stop();
    await database.drop();
  });

  /** A statement of the indexer fails as it would after a migration gone wrong. */
  const breakIndex = () => database.pool.query('alter table rag_index_failures rename to hidden');
  const mendIndex = () => database.pool.query('alter table hidden rename to rag_index_failures');

  const stateOf = async (id: string) =>
    (await service.app.jobs.boss.findJobs(RAG_INDEX_QUEUE, { id }))[0]?.state;

  /** A job that fails for good at its next fault. */
  async function sendLastAttempt(cabinetId: number, orderId: number): Promise<string> {
    const [id] = await service.app.jobs.sendRagIndex([
      { cabinet_id: cabinetId, mode: 'incremental', changed_ids: { orders: [orderId] }, failures: 5 },
    ]);
    return id!;
  }

  async function failures(): Promise<string[]> {
    const answer = await fetch(`${url}/v1/rag/failures`, { headers: { 'x-api-key': KEY } });
    return ((await answer.json()) as { failures: { id: string }[] }).failures.map(({ id }) => id);
  }

  async function open(path: string): Promise<Page> {
    const page = await browser.context.newPage();
    const answer = await page.goto(url + path);
    assert.equal(answer!.status(), 200);
    await page.waitForLoadState('networkidle');
    return page;
  }

  it('asks for the password', async () => {
    const stranger = await browser.browser.newContext();
    const page = await stranger.newPage();
    // Without a person to ask, the browser gives up on the login.
    const outcome = await page.goto(`${url}/admin/queues`).then(
      (answer) => String(answer?.status()),
      (error: unknown) => String(error),
    );
    assert.match(outcome, /^401$|ERR_INVALID_AUTH_CREDENTIALS/);
    await stranger.close();
  });

  it('lists the queues, and leads to their jobs', async () => {
    const page = await open('/admin');
    assert.equal(await page.title(), 'pg-boss Dashboard');
    await page.getByRole('link', { name: 'Queues', exact: true }).click();
    await page.waitForURL('**/admin/queues/queues');
    for (const queue of ['rag-index', 'rag-index-dead', 'wb-sync', 'wb-sync-all', 'index-full-rebuild-rag'])
      await page.getByRole('link', { name: queue, exact: true }).waitFor();
    await page.getByRole('link', { name: 'rag-index', exact: true }).click();
    await page.waitForURL('**/admin/queues/queues/rag-index');
    await page.getByText('singleton policy').waitFor();
    await page.close();
  });

  it('retries a failed job: it is done, and listed as a failure no more', async () => {
    const cabinet = await insertCabinet(database.pool);
    const order = await insertRow(database.pool, 'orders', cabinet);
    await breakIndex();
    const id = await sendLastAttempt(cabinet, order);
    await until('it has failed', async () => (await stateOf(id)) === 'failed');
    await mendIndex();
    assert.equal((await failures()).length, 1);

    const page = await open('/admin/queues/queues/rag-index?state=failed');
    await page.getByRole('link', { name: id }).click();
    await page.getByRole('heading', { name: 'Job detail' }).waitFor();
    await page.getByText(`"cabinet_id": ${cabinet}`).waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    // The button goes when the page has heard that the job is not failed any more.
    await page.getByRole('button', { name: 'Retry' }).waitFor({ state: 'detached' });
    await until('it is done', async () => (await stateOf(id)) === 'completed');
    await page.reload();
    await page.getByText('completed', { exact: true }).first().waitFor();
    await page.close();

    assert.deepEqual(await failures(), []);
    const { rowCount } = await database.pool.query('select from rag_metadata where cabinet_id = $1', [
      cabinet,
    ]);
    assert.equal(rowCount, 1);
  });

  it('does not cancel what is yet to be indexed, and says why', async () => {
    const cabinet = await insertCabinet(database.pool);
    const [id] = await service.app.jobs.sendRagIndex(
      [{ cabinet_id: cabinet, mode: 'incremental', changed_ids: { orders: [1] } }],
      { startAfterSeconds: 3_600 },
    );
    for (const [action, confirmation] of [
      ['Cancel', 'Cancel Job'],
      ['Delete', 'Delete'],
    ] as const) {
      const page = await open(`/admin/queues/queues/rag-index/jobs/${id}`);
      await page.getByRole('button', { name: action, exact: true }).click();
      await page
        .getByRole('dialog')
        .or(page.getByRole('alertdialog'))
        .getByRole('button', { name: confirmation })
        .click();
      const said = await page.getByText('Action failed').getAttribute('title');
      assert.match(said!, /the only record of changes/);
      await page.close();
    }
    assert.equal(await stateOf(id!), 'created');
    await service.app.jobs.discardRagIndex([id!]);
  });

  it('lets a dead job be put aside', async () => {
    const before = await countDeadJobs(database.pool, undefined);
    const id = await service.app.jobs.boss.send(RAG_INDEX_DEAD_QUEUE, { cabinet_id: 1, mode: 'incremental' });
    assert.equal(await countDeadJobs(database.pool, undefined), before + 1);
    const page = await open(`/admin/queues/queues/${RAG_INDEX_DEAD_QUEUE}/jobs/${id}`);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel Job' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.close();
    assert.equal(await countDeadJobs(database.pool, undefined), before);
  });

  it('has nothing to complain of, and asks no other host', async () => {
    for (const path of ['', '/queues', '/jobs', '/schedules', '/migrations', '/warnings', '/send'])
      await (await open(`/admin/queues${path}`)).close();
    assert.deepEqual([...browser.hosts], [new URL(url).host]);
    assert.deepEqual(browser.complaints, []);
  });
});
