import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layOutImage } from '../dockerfile.ts';
import { createComposeProject, type Invocation } from './compose-project.ts';

const CLIENT = fileURLToPath(new URL('docker-client.js', import.meta.url));

/**
 * Stands for Docker where a page or a test types `docker compose …`: containers are processes, the database container is a
 * Postgres cluster. Of Docker's own work (images, networks, restarts) it shows nothing.
 */
export interface DockerDouble {
  /** What a shell needs to find it, and for curl to find the published ports. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** `directory`: where compose.yaml is, and where `.env` will be. `postgresBin`: initdb, psql and so on. */
export async function startDockerDouble(directory: string, postgresBin: string): Promise<DockerDouble> {
  const home = mkdtempSync(join(tmpdir(), 'wb-assist-docker-'));
  const [image, imageBin, bin] = [join(home, 'app'), join(home, 'image-bin'), join(home, 'bin')];
  for (const folder of [image, imageBin, bin]) mkdirSync(folder);
  await layOutImage(image);
  writeScript(join(imageBin, 'wb-assist'), `exec '${process.execPath}' '${image}/bin/wb-assist.js' "$@"`);
  writeScript(join(bin, 'docker'), `exec '${process.execPath}' '${CLIENT}' '${join(home, 'socket')}' "$@"`);

  const project = createComposeProject({ directory, postgresBin, image, imageBin });
  const publish = () => {
    const lines = [...project.publishedPorts()].map(
      ([published, actual]) => `connect-to = "localhost:${published}:127.0.0.1:${actual}"\n`,
    );
    writeFileSync(join(home, '.curlrc'), lines.join(''));
  };

  async function answer(invocation: Invocation, response: ServerResponse): Promise<void> {
    const write = (line: object) => void response.write(`${JSON.stringify(line)}\n`);
    const output = {
      out: (data: string | Buffer) => {
        write({ out: Buffer.from(data as string).toString('base64') });
      },
      err: (data: string | Buffer) => {
        write({ err: Buffer.from(data as string).toString('base64') });
      },
    };
    try {
      const code = await project.run(invocation, output);
      publish();
      write({ code });
    } catch (error) {
      output.err(`${(error as Error).message}\n`);
      write({ code: 1 });
    }
    response.end();
  }

  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const header = Buffer.from(request.headers['x-invocation'] as string, 'base64').toString();
      const { parameters, env } = JSON.parse(header) as Omit<Invocation, 'input'>;
      return answer({ parameters, env, input: Buffer.concat(chunks as Buffer[]) }, response);
    });
  });
  server.listen(join(home, 'socket'));
  await once(server, 'listening');
  return {
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, CURL_HOME: home },
    async close() {
      server.close();
      server.closeAllConnections();
      await project.remove();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function writeScript(file: string, line: string): void {
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
}
