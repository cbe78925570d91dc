import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createServiceStack, type Health, type Service } from '../../src/lifecycle.ts';
import { createLog, silentLog } from '../../src/log.ts';

interface FakeOptions {
  start?: () => Promise<void>;
  stop?: (deadlineMs: number) => Promise<void>;
  health?: Health;
}

/** A service that tells `calls` what is done to it. */
function fake(name: string, calls: string[], options: FakeOptions = {}): Service {
  return {
    name,
    async start() {
      calls.push(`start ${name}`);
      await options.start?.();
    },
    async stop(deadlineMs) {
      calls.push(`stop ${name}`);
      await options.stop?.(deadlineMs);
    },
    health: () => options.health ?? { status: 'up' },
  };
}

describe('a stack of services', () => {
  it('is stopped in the reverse of the order in which it was started', async () => {
    const calls: string[] = [];
    const stack = createServiceStack(silentLog());
    for (const name of ['a', 'b', 'c']) await stack.start(fake(name, calls));
    await stack.stop(1_000);
    assert.deepEqual(calls, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  it('is stopped once, however often it is told to', async () => {
    const calls: string[] = [];
    const stack = createServiceStack(silentLog());
    await stack.start(fake('a', calls));
    await Promise.all([stack.stop(1_000), stack.stop(1_000)]);
    await stack.stop(1_000);
    assert.deepEqual(calls, ['start a', 'stop a']);
  });

  it('stops the others when one of them fails to stop, and says which', async () => {
    const calls: string[] = [];
    const lines: string[] = [];
    const log = createLog({
      level: 'info',
      format: 'json',
      destination: { write: (line) => void lines.push(line) },
    });
    const stack = createServiceStack(log);
    await stack.start(fake('a', calls));
    await stack.start(fake('b', calls, { stop: () => Promise.reject(new Error('stuck')) }));
    await stack.stop(1_000);
    assert.deepEqual(calls.slice(2), ['stop b', 'stop a']);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /Stopping b failed: stuck/);
  });

  it('gives every service what is left of the deadline, and never nothing', async (t) => {
    const given: number[] = [];
    const stack = createServiceStack(silentLog());
    let clock = 0;
    t.mock.method(performance, 'now', () => clock);
    for (const name of ['a', 'b', 'c']) {
      const stop = (deadlineMs: number) => {
        given.push(deadlineMs);
        clock += 600;
        return Promise.resolve();
      };
      await stack.start(fake(name, [], { stop }));
    }
    await stack.stop(1_000);
    assert.deepEqual(given.slice(0, 2), [1_000, 400]);
    assert.ok(given[2]! > 0);
  });

  it('rejects as the service does that cannot start, which it then does not stop', async () => {
    const calls: string[] = [];
    const stack = createServiceStack(silentLog());
    await stack.start(fake('a', calls));
    const broken = fake('b', calls, { start: () => Promise.reject(new Error('no port')) });
    await assert.rejects(stack.start(broken), /no port/);
    await stack.stop(1_000);
    assert.deepEqual(calls, ['start a', 'start b', 'stop a']);
  });

  it('starts nothing any more once it was told to stop', async () => {
    const calls: string[] = [];
    const stack = createServiceStack(silentLog());
    await stack.stop(1_000);
    await assert.rejects(stack.start(fake('late', calls)));
    assert.deepEqual(calls, []);
  });

  it('stops a service that was still starting when it was told to stop', async () => {
    const calls: string[] = [];
    const started = Promise.withResolvers<undefined>();
    const stack = createServiceStack(silentLog());
    const starting = stack.start(fake('slow', calls, { start: () => started.promise }));
    const outcome = assert.rejects(starting);
    await stack.stop(1_000);
    started.resolve(undefined);
    await outcome;
    assert.deepEqual(calls, ['start slow', 'stop slow']);
  });

  it('is as well as its sickest service', async () => {
    const stack = createServiceStack(silentLog());
    assert.deepEqual(stack.health(), { status: 'up' });
    await stack.start(fake('a', []));
    assert.equal(stack.health().status, 'up');
    await stack.start(fake('b', [], { health: { status: 'degraded', detail: 'slow' } }));
    assert.equal(stack.health().status, 'degraded');
    await stack.start(fake('c', [], { health: { status: 'down', detail: 'gone' } }));
    assert.deepEqual(stack.health(), {
      status: 'down',
      a: { status: 'up' },
      b: { status: 'degraded', detail: 'slow' },
      c: { status: 'down', detail: 'gone' },
    });
  });
});
