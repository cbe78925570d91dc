import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { readConfig } from './environment.ts';
import { parseCabinet } from './status.ts';
import { watchEvents } from './watch-connection.ts';
import { formatLine, type SaidEvent } from './watch-lines.ts';

export interface WatchCommandOptions {
  json?: true;
  /** Id of an event. */
  since?: string;
  url?: string;
}

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

/** Prints what the running service does, as it happens, until it is told to stop. */
export async function watch(cabinet: string | undefined, options: WatchCommandOptions): Promise<void> {
  const cabinetId = cabinet === undefined ? undefined : parseCabinet(cabinet);
  const { since, json = false } = options;
  if (since !== undefined && !/^\d{1,15}$/.test(since))
    throw new AppError('invalid_request', '--since has to be the id of an event, a whole number.');
  const config = readConfig();
  const url = urlOf(config, options.url);
  const apiKey = config.API_SECRET_KEY;
  if (apiKey === undefined)
    throw new AppError(
      'config_invalid',
      'API_SECRET_KEY is not set. Set it to the key of the service, or run this where its .env is.',
    );

  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ended.abort());
  // The reader closed the pipe (`wb-assist watch | head`).
  process.stdout.once('error', () => ended.abort());

  let lastId: string | undefined;
  const say = (line: string) => console.error(line);
  for await (const message of watchEvents({ url, apiKey, cabinetId, since, signal: ended.signal, say })) {
    if (message.event === 'listening') {
      if (lastId === undefined) say(`Watching ${describeScope(cabinetId)} at ${url}. Ctrl+C ends it.`);
      lastId ??= message.id;
      continue;
    }
    lastId = message.id ?? lastId;
    console.log(json ? message.data : formatLine(JSON.parse(message.data) as SaidEvent));
  }
  if (lastId !== undefined) say(`To go on from here: wb-assist watch --since ${lastId}`);
}

function describeScope(cabinetId: number | undefined): string {
  return cabinetId === undefined ? 'all cabinets' : `cabinet ${cabinetId}`;
}

/** Where the service listens on this machine by its own configuration, unless told. */
function urlOf(config: Config, given: string | undefined): string {
  if (given !== undefined) {
    if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given;
    throw new AppError('invalid_request', '--url has to be of the form http://host:port');
  }
  if (config.API_PORT === 0)
    throw new AppError(
      'config_invalid',
      'API_PORT is 0, so the service has chosen a port of its own, and says which when it starts. Say it: --url http://127.0.0.1:port',
    );
  const host = EVERYWHERE.has(config.HTTP_HOST) ? '127.0.0.1' : config.HTTP_HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${config.API_PORT}`;
}
