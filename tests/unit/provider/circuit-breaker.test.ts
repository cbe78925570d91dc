import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMBEDDING_PROVIDER } from '../../../src/embedding/embedding-calls.ts';
import { createCircuitBreaker } from '../../../src/provider/circuit-breaker.ts';
import { DEFAULT_RETRY_POLICY } from '../../../src/provider/retry-policy.ts';
import { createFixture, unavailable, vectorsOf } from '../embedding/openai-fixture.ts';

describe('the circuit breaker before a provider', () => {
  it('refuses every call until the time that the provider named', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondWith({ kind: 'status', status: 429, headers: { 'retry-after': '120' } });
    await unavailable(embedder.embed(['один']));
    advance(119_000);
    assert.equal((await unavailable(embedder.embed(['два']))).retryAfterMs, 1_000);
    assert.equal(fake.requests.length, 1);
    advance(1_000);
    vectorsOf(await embedder.embed(['два']));
  });

  it('is half-open when its time has passed, wherever the wall clock was set meanwhile', async (t) => {
    const { fake, embedder, advance, setWallClock } = await createFixture(t);
    fake.respondWith({ kind: 'status', status: 429, headers: { 'retry-after': '120' } });
    await unavailable(embedder.embed(['один']));
    setWallClock(3_600_000);
    assert.equal((await unavailable(embedder.embed(['два']))).retryAfterMs, 120_000);
    setWallClock(-7_200_000);
    advance(120_000);
    vectorsOf(await embedder.embed(['два']));
  });

  it('half-open lets one call go first, the trial, and the others follow when it succeeds', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondWith({ kind: 'status', status: 429, headers: { 'retry-after': '120' } });
    await unavailable(embedder.embed(['один']));
    advance(120_000);
    const held = fake.hold();
    const calls = ['два', 'три', 'четыре'].map((text) => embedder.embed([text]));
    await held.arrived;
    await new Promise(setImmediate);
    assert.equal(fake.requests.length, 2);
    held.release();
    (await Promise.all(calls)).forEach(vectorsOf);
    assert.equal(fake.requests.length, 4);
  });

  it('refuses the others when the trial fails', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondAlways({ kind: 'status', status: 401 });
    await unavailable(embedder.embed(['один']));
    advance(60_000);
    await Promise.all(['два', 'три', 'четыре'].map((text) => unavailable(embedder.embed([text]))));
    assert.equal(fake.requests.length, 2);
  });

  it('hands the trial to another caller when the first one gives up', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondWith({ kind: 'status', status: 401 });
    await unavailable(embedder.embed(['один']));
    advance(60_000);
    const reason = new Error('stopping');
    const controller = new AbortController();
    const held = fake.hold((inputs) => inputs[0] === 'два');
    const first = embedder.embed(['два'], { signal: controller.signal });
    await held.arrived;
    const second = embedder.embed(['три']);
    controller.abort(reason);
    await assert.rejects(first, reason);
    vectorsOf(await second);
    held.release();
  });

  it('stays away longer, up to a bound, the longer an outage without Retry-After lasts', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondAlways({ kind: 'status', status: 503 });
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const { retryAfterMs } = await unavailable(embedder.embed(['один']));
      waits.push(retryAfterMs);
      advance(retryAfterMs);
    }
    assert.deepEqual(waits, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    fake.respondAlways(undefined);
    vectorsOf(await embedder.embed(['один']));
    fake.respondAlways({ kind: 'status', status: 503 });
    assert.equal((await unavailable(embedder.embed(['один']))).retryAfterMs, 2_000);
  });

  it('does not let a provider that fails with Retry-After: 0 be called without a pause', async (t) => {
    const { fake, embedder, waits } = await createFixture(t);
    fake.respondAlways({ kind: 'status', status: 503, headers: { 'retry-after': '0' } });
    assert.equal((await unavailable(embedder.embed(['один']))).retryAfterMs, 2_000);
    assert.deepEqual(waits, [500, 1_000, 2_000]);
  });

  it('is not closed by an answer to a request from before it opened', async () => {
    const breaker = createCircuitBreaker(EMBEDDING_PROVIDER, DEFAULT_RETRY_POLICY, () => 1_000);
    const { signal } = new AbortController();
    const [early, late] = [await breaker.enter(signal), await breaker.enter(signal)];
    late.failed('wait', 5_000);
    early.succeeded();
    await assert.rejects(breaker.enter(signal), /wait/);
    assert.throws(() => early.check(), /wait/);
  });
});
