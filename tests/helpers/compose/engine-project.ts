import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import pg from 'pg';
import { ROOT } from '../dockerfile.ts';
import { freePort } from '../free-port.ts';
import { openGuideShell, type GuideShell } from '../guide-shell.ts';

/** A copy of the repository that a real engine runs, with images, volumes and ports of its own. */
export interface EngineProject {
  readonly directory: string;
  /** A terminal in it. `localhost:8000` and `localhost:9000` are what compose publishes, wherever that is. */
  readonly shell: GuideShell;
  /** The tag of its image, which no image has before it is built. */
  readonly version: string;
  readonly apiUrl: string;
  /** Runs a script that has to end with 0; resolves to what it printed, without spaces around it. */
  run(script: string): Promise<string>;
  withDatabases<T>(work: (main: pg.Pool, vector: pg.Pool) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/** The file that lets the test see the databases, beside those that are tried. */
export const PORTS_FILE = 'compose.test-ports.yaml';

const LEFT_OUT = new Set(['.git', '.env', 'node_modules', 'data']);

export async function createEngineProject(): Promise<EngineProject> {
  const name = `wb-assist-test-${randomBytes(4).toString('hex')}`;
  const directory = mkdtempSync(join(tmpdir(), 'wb-assist-engine-'));
  cpSync(ROOT, directory, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  writeFileSync(join(directory, PORTS_FILE), `services: { db: { ports: ['127.0.0.1::5432'] } }\n`);
  const [apiPort, ragPort] = [await freePort(), await freePort()];
  writeFileSync(
    join(directory, '.curlrc'),
    `connect-to = "localhost:8000:127.0.0.1:${apiPort}"\nconnect-to = "localhost:9000:127.0.0.1:${ragPort}"\n`,
  );
  const inherited = ['PATH', 'HOME', 'DOCKER_HOST', 'DOCKER_CONFIG', 'DOCKER_CONTEXT'].flatMap((variable) =>
    process.env[variable] === undefined ? [] : [[variable, process.env[variable]]],
  );
  const env = {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    LANG: 'C.UTF-8',
    CURL_HOME: directory,
    COMPOSE_PROJECT_NAME: name,
    COMPOSE_FILE: `compose.yaml:${PORTS_FILE}`,
    WB_ASSIST_VERSION: name,
    API_PORT: String(apiPort),
    RAG_PORT: String(ragPort),
  };
  const shell = openGuideShell({ directory, env });

  async function run(script: string): Promise<string> {
    const { code, stdout, stderr } = await shell.run(script);
    assert.equal(code, 0, `${script}\nended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  const docker = async (...parameters: string[]) =>
    (await promisify(execFile)('docker', parameters, { env })).stdout.split('\n').filter(Boolean);

  return {
    directory,
    shell,
    version: name,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    run,
    async withDatabases(work) {
      const address = await run('docker compose port db 5432');
      const { POSTGRES_PASSWORD: password } = parseEnv(readFileSync(join(directory, '.env'), 'utf8'));
      const pools = ['wb_assist', 'wb_assist_rag'].map(
        (database) =>
          new pg.Pool({
            connectionString: `postgres://wb_assist:${password}@${address}/${database}`,
            max: 2,
          }),
      );
      try {
        return await work(pools[0]!, pools[1]!);
      } finally {
        await Promise.all(pools.map((pool) => pool.end()));
      }
    },
    async remove() {
      const ofProject = ['--quiet', '--filter', `label=com.docker.compose.project=${name}`];
      for (const [list, end] of [
        [
          ['container', 'ls', '--all'],
          ['container', 'rm', '--force'],
        ],
        [
          ['volume', 'ls'],
          ['volume', 'rm'],
        ],
        [
          ['network', 'ls'],
          ['network', 'rm'],
        ],
        [
          ['image', 'ls', '--quiet', '--filter', `reference=wb-assist:${name}*`],
          ['image', 'rm', '--force'],
        ],
      ] as const) {
        const found = new Set(await docker(...list, ...(list[0] === 'image' ? [] : ofProject)));
        if (found.size > 0) await docker(...end, ...found);
      }
      shell.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
