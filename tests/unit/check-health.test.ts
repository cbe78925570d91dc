import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../helpers/free-port.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/check-health.js', import.meta.url));

function check(env: Record<string, string>): Promise<{ code: number; written: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode!, written: stdout + stderr });
    });
  });
}

describe('bin/check-health.js', () => {
  let well: Server;
  let ill: Server;
  let nobody: string;
  const portOf = (server: Server) => String((server.address() as AddressInfo).port);
  const serve = async (status: number): Promise<Server> => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/health' ? status : 404;
      response.end(`says ${status}`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  before(async () => {
    [well, ill] = [await serve(200), await serve(503)];
    nobody = String(await freePort());
  });
  after(() => {
    well.close();
    ill.close();
  });

  it('ends with 0 when the API says that all is well, and with what it says', async () => {
    assert.deepEqual(await check({ API_PORT: portOf(well) }), { code: 0, written: 'says 200\n' });
  });

  it('asks a process without an API on its own port', async () => {
    assert.equal((await check({ METRICS_PORT: portOf(well), API_PORT: portOf(ill) })).code, 0);
    assert.equal((await check({ METRICS_PORT: portOf(ill), API_PORT: portOf(well) })).code, 1);
  });

  it('asks the API where that port is set but not used', async () => {
    assert.equal((await check({ METRICS_PORT: nobody, API_PORT: portOf(well) })).code, 0);
  });

  it('ends with 1 and the reason when the program is ill or not there', async () => {
    assert.deepEqual(await check({ API_PORT: portOf(ill) }), { code: 1, written: 'says 503\n' });
    const { code, written } = await check({ API_PORT: nobody });
    assert.equal(code, 1);
    assert.match(written, new RegExp(`No answer on port ${nobody}: .*ECONNREFUSED`));
  });
});
