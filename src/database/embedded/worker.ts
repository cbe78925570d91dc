import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.ts';
import type { WorkerLog } from './worker-log.ts';
import { openEngine } from './engine.ts';
import { startHousekeeping, type Housekeeping } from './housekeeping.ts';
import { startWireServer, type WireServer } from './wire-server.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts';

/**
 * The thread of the embedded Postgres. The engine blocks it while a statement runs, so the program's own event loop
 * stays free. The sockets are here too, beside the engine: a hop to another thread would cost each message more
 * than most of them take.
 */
const settings = workerData as WorkerSettings;
const main = parentPort!;

const post = (message: FromWorker): void => main.postMessage(message);
const log: WorkerLog = (level, message, fields = {}) => post({ type: 'log', level, message, fields });

async function start(): Promise<{ server: WireServer; housekeeping: Housekeeping }> {
  const server = await startWireServer({
    port: settings.port,
    password: settings.password,
    openEngine: () => openEngine(settings.directory),
    log,
    onLost(error) {
      throw error;
    },
    ...settings.tuning,
  }).catch((error: unknown) => fail('port', error));
  await server.ready().catch((error: unknown) => fail('engine', error));
  return { server, housekeeping: startHousekeeping(server, settings.tuning.housekeepingIntervalMs, log) };
}

function fail(at: 'port' | 'engine', error: unknown): never {
  post({ type: 'failed', at, message: messageOf(error) });
  process.exit(1);
}

const running = start();
running.then(
  ({ server }) => post({ type: 'started', port: server.port }),
  () => undefined,
);

// There is but one message: to stop.
main.on('message', (_: ToWorker) => void stop());

async function stop(): Promise<void> {
  const { server, housekeeping } = await running;
  housekeeping.stop();
  await server.stop();
  post({ type: 'stopped' });
  process.exit(0);
}
