import type pg from 'pg';
import { createChaosProxy, type ChaosProxy } from './chaos-proxy.ts';
import { createCluster, withClient, type Cluster } from './cluster.ts';

/** One database of the program: the server, and the way to it. */
export interface Site {
  readonly name: 'main' | 'vector';
  readonly cluster: Cluster;
  readonly proxy: ChaosProxy;
  /** What the program is given as its URL. */
  readonly programUrl: string;
  /** A statement as the superuser, by the direct way. */
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

export async function createSite(bin: string, name: Site['name']): Promise<Site> {
  const cluster = await createCluster(bin, name);
  const proxy = await createChaosProxy(cluster.port);
  return {
    name,
    cluster,
    proxy,
    programUrl: cluster.url('program', proxy.port),
    // A connection each: they must not be among those that are cut off.
    query: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      withClient(cluster.url('admin'), async (client) => (await client.query<R>(text, values)).rows),
    async close() {
      await proxy.close();
      await cluster.drop();
    },
  };
}
