import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { chromium, type Browser } from 'playwright-core';
import { variablesOfRealTime } from '../helpers/inherited-variables.ts';
import { KEY, startTestApi, type TestApi } from './harness.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

describe('reference page', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.stop());

  it('is served whole without a key, from this server alone', async () => {
    const page = await api.request('GET', '/docs', { anonymous: true });
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.ok(!/unsafe|http|\*/.test(policy), policy);
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url = '']) => url);
    assert.ok(loaded.length >= 4);
    for (const url of loaded) {
      assert.match(url, /^\/docs\//);
      const file = await api.request('GET', url, { anonymous: true });
      assert.equal(file.status, 200, url);
      assert.ok(file.text.length > 0);
      assert.notEqual(file.headers.get('content-type'), null);
    }
  });

  it('serves nothing else of the package, and nothing beside it', async () => {
    for (const name of [
      'index.html',
      'package.json',
      'swagger-ui.js',
      'swagger-ui-bundle.js.map',
      '..%2fpackage.json',
      '..%2f..%2fpackage.json',
      '%2e%2e%2f%2e%2e%2fsrc%2fapp.ts',
      'constructor',
      '__proto__',
      'swagger-ui.css%00',
    ]) {
      const answer = await api.request('GET', `/docs/${name}`);
      assert.equal(answer.status, 404, name);
    }
  });

  it('and the description are kept until they change', async () => {
    for (const path of ['/docs', '/docs/swagger-ui.css', '/openapi.json']) {
      const first = await api.request('GET', path, { anonymous: true });
      const etag = first.headers.get('etag');
      assert.match(etag ?? '', /^"[\w-]+"$/);
      assert.match(first.headers.get('cache-control') ?? '', /public/);
      for (const known of [etag!, `W/${etag}`, `"other", ${etag}`]) {
        const again = await api.request('GET', path, { headers: { 'if-none-match': known } });
        assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', etag]);
      }
      const changed = await api.request('GET', path, { headers: { 'if-none-match': '"other"' } });
      assert.equal(changed.status, 200);
    }
  });

  it('describes the API that answers', async () => {
    const { json, headers } = await api.request('GET', '/openapi.json', { anonymous: true });
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    const { openapi, paths } = json as { openapi: string; paths: object };
    assert.equal(openapi, '3.1.0');
    assert.ok('/v1/rag/search' in paths && '/openapi.json' in paths);
  });

  describe('in Chromium', { skip: !existsSync(CHROMIUM) && `there is no ${CHROMIUM}` }, () => {
    let browser: Browser;
    before(async () => {
      const env = variablesOfRealTime();
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'], env });
    });
    after(() => browser.close());

    it('shows every route, sends a request with a key, and asks no other host', async () => {
      const page = await browser.newPage();
      page.setDefaultTimeout(60_000);
      const complaints: string[] = [];
      const asked: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith('data:')) asked.push(request.url());
      });

      await page.goto(`${api.url}/docs`);
      await page.waitForSelector('.opblock');
      const { json } = await api.request('GET', '/openapi.json');
      const count = Object.values((json as { paths: object }).paths).flatMap((item) =>
        Object.keys(item as object),
      ).length;
      assert.equal(await page.locator('.opblock').count(), count);

      await page.click('.btn.authorize');
      await page.locator('.auth-container input').first().fill(KEY);
      await page.locator('.auth-container button.authorize').first().click();
      await page.locator('.auth-container button.btn-done').first().click();
      const route = page.locator('.opblock', { hasText: '/v1/rag/status/{cabinet_id}' });
      await route.locator('.opblock-summary-control').click();
      await route.locator('.try-out__btn').click();
      await route.locator('input[placeholder="cabinet_id"]').fill('1');
      await route.locator('.execute').click();
      await route.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();
      assert.match(await route.locator('.live-responses-table').innerText(), /"status": "not_found"/);

      assert.deepEqual(complaints, []);
      assert.deepEqual(
        asked.filter((url) => !url.startsWith(`${api.url}/`)),
        [],
      );
      await page.close();
    });
  });
});
