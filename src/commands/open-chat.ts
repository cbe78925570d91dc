import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { cabinetExists } from '../cabinets/queries.ts';
import type { Chat } from '../chat/chat.ts';
import { createAnalytics } from '../analytics/analytics.ts';
import { createConfiguredChat } from '../chat/configured.ts';
import { createConfiguredEmbedders } from '../embedding/configured.ts';
import { silentLog } from '../log.ts';
import { createConfiguredSearch } from '../retrieval/configured.ts';
import { openDatabases } from './databases.ts';
import { readConfig } from './environment.ts';

/** All messages from the terminal belong to this user. */
export const TERMINAL_USER = 'terminal';

/** A question is searched for and calculated at once, while its conversation is written. */
const CONNECTIONS = 4;

export interface OpenChat {
  chat: Chat;
  /** Aborts when the program is told to end. */
  stopped: AbortSignal;
  close(): Promise<void>;
}

/**
 * The chat about one cabinet, on the databases of the configuration, without a service that runs.
 *
 * @throws AppError `cabinet_not_found`, `config_invalid`, `database_*`, `migration_pending`.
 */
export async function openChat(cabinetId: number): Promise<OpenChat> {
  const config = readConfig();
  const log = silentLog();
  const databases = await openDatabases(config, log, { maxConnections: CONNECTIONS });
  const { main, vector } = databases;
  try {
    if (!(await cabinetExists(main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    const embedders = createConfiguredEmbedders(config, log);
    const search = createConfiguredSearch(config, { vector, embedders });
    const { chat } = createConfiguredChat(config, {
      main,
      search,
      analytics: createAnalytics({ main }),
      log,
    });
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
    // The reader closed the pipe (`wb-assist chat 1 < questions | head`).
    process.stdout.once('error', () => stop.abort());
    return { chat, stopped: stop.signal, close: () => databases.close() };
  } catch (error) {
    await databases.close();
    throw error;
  }
}
