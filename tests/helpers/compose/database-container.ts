import { join } from 'node:path';
import { createCluster, ROLES, type Cluster } from '../../faults/suite/cluster.ts';
import type { ServiceDefinition } from '../compose-file.ts';
import { ROOT } from '../dockerfile.ts';
import { runToEnd } from './run-to-end.ts';

/** The container of Postgres: a cluster, set up as the image's entry point does on an empty volume. */
export function createDatabaseContainer(postgresBin: string) {
  let cluster: Cluster | undefined;
  let running = false;
  let environment: Record<string, string> = {};

  async function create(service: ServiceDefinition): Promise<void> {
    cluster = await createCluster(postgresBin, 'compose');
    environment = {
      ...(service.environment as Record<string, string>),
      PGHOST: '127.0.0.1',
      PGPORT: String(cluster.port),
      PATH: [postgresBin, '/usr/bin', '/bin'].join(':'),
    };
    const user = environment['POSTGRES_USER'];
    // The superuser that the cluster has; the image would make one of any name.
    if (user !== ROLES.admin) throw new Error(`a superuser named ${user ?? ''} is not doubled`);
    for (const volume of service['volumes'] as string[]) {
      const [source, target] = volume.split(':');
      if (!target!.startsWith('/docker-entrypoint-initdb.d/')) continue;
      const said: string[] = [];
      const keep = (data: string | Buffer) => void said.push(data.toString());
      const command = ['psql', '-v', 'ON_ERROR_STOP=1', '-U', user, '-d', user, '-f', join(ROOT, source!)];
      const code = await runToEnd(command, { cwd: ROOT, env: environment }, { out: keep, err: keep });
      if (code !== 0) throw new Error(`${source!} ended with ${code}: ${said.join('')}`);
    }
  }

  return {
    isRunning: () => running,
    environment: () => environment,
    address: () => `127.0.0.1:${cluster!.port}`,
    async start(service: ServiceDefinition) {
      if (cluster === undefined) await create(service);
      else if (!running) await cluster.start();
      running = true;
    },
    async stop() {
      if (running) await cluster!.stop('fast');
      running = false;
    },
    async remove() {
      await cluster?.drop();
      cluster = undefined;
    },
  };
}
