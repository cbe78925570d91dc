import {
  bind,
  execute,
  flush,
  logIn,
  message,
  parse,
  RawClient,
  simpleQuery,
  startupPacket,
  sync,
  types,
} from './support.ts';

/** What the table of a test may hold of a client follows from the names that it writes, whatever became of it. */
export const LEDGER = 'create table ledger (what text primary key)';

/** A number from 0 up to, not including, the one given. */
export type Draw = (below: number) => number;

const terminate = message('X');
const insert = (what: string) => `insert into ledger values ('${what}')`;
const extended = (sql: string) => Buffer.concat([parse('', sql), bind(''), execute()]);

/** The last that a client sends: each leaves something unfinished, and none of it may be stored. */
const LAST_WORDS: ((what: string) => Buffer)[] = [
  () => Buffer.alloc(0),
  () => simpleQuery('begin'),
  (what) => simpleQuery(`begin; ${insert(what)}`),
  (what) => Buffer.concat([simpleQuery('begin'), simpleQuery(insert(what))]),
  (what) => Buffer.concat([simpleQuery('begin'), extended(insert(what)), sync]),
  (what) => Buffer.concat([extended(insert(what)), flush]),
  (what) => extended(insert(what)),
  (what) => simpleQuery(insert(what)).subarray(0, 20),
  (what) => Buffer.concat([simpleQuery('begin'), simpleQuery(insert(what)).subarray(0, 20)]),
  (what) => Buffer.concat([simpleQuery('begin; select 1/0'), simpleQuery(insert(what))]),
  (what) =>
    Buffer.concat([
      simpleQuery('begin'),
      simpleQuery('copy ledger from stdin'),
      message('d', Buffer.from(`${what}\n`)),
    ]),
  (what) => Buffer.concat([simpleQuery('copy ledger from stdin'), message('d', Buffer.from(`${what}\n`))]),
];

const WAYS: ((client: RawClient) => void)[] = [
  // A client says so and goes.
  (client) => void client.socket.end(terminate),
  (client) => void client.socket.end(),
  (client) => void client.socket.resetAndDestroy(),
  (client) => void client.socket.destroy(),
];

/**
 * One client's life: a few statements, then it goes in the middle of anything. Rows named `never-…` must not be stored, two
 * named `pair-…` only together; `onStored` is told of each name whose storing the server has acknowledged.
 */
export async function liveAndLeave(
  at: { port: number; password: string },
  name: string,
  draw: Draw,
  onStored: (what: string) => void,
): Promise<void> {
  const client = await RawClient.connect(at.port);
  const leave = WAYS[draw(WAYS.length)]!;
  try {
    // Before the log-in, in its middle, or after it.
    const stage = draw(12);
    if (stage > 0) client.send(startupPacket({ user: 'wb_assist', database: 'postgres' }));
    if (stage > 1) {
      await logIn(client, at.password);
      await client.until('Z');
      for (let left = draw(4), n = 0; left > 0; left -= 1, n += 1)
        await act(client, `${name}.${n}`, draw, onStored);
      // Written and left in one go, or with the answer on its way.
      client.send(LAST_WORDS[draw(LAST_WORDS.length)]!(`never-${name}`));
      if (draw(3) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    leave(client);
  }
}

async function act(
  client: RawClient,
  name: string,
  draw: Draw,
  onStored: (what: string) => void,
): Promise<void> {
  const ask = async (...messages: Buffer[]) => {
    client.send(...messages);
    return types(await client.until('Z'));
  };
  switch (draw(4)) {
    case 0: {
      const what = `single-${name}`;
      if ((await ask(simpleQuery(insert(what)))) === 'C Z') onStored(what);
      break;
    }
    case 1: {
      const what = `single-${name}`;
      if ((await ask(extended(insert(what)), sync)) === '1 2 C Z') onStored(what);
      break;
    }
    case 2: {
      const pair = ['a', 'b'].map((part) => `pair-${name}-${part}`);
      await ask(simpleQuery('begin'));
      for (const what of pair) await ask(simpleQuery(insert(what)));
      if ((await ask(simpleQuery('commit'))) === 'C Z') pair.forEach(onStored);
      break;
    }
    default:
      await ask(simpleQuery(`begin; ${insert(`never-${name}`)}`));
      await ask(simpleQuery('rollback'));
  }
}

/** What is wrong with the rows that were found; empty when nothing is. */
export function faultsOf(found: readonly string[], stored: Iterable<string>): string[] {
  const rows = new Set(found);
  const lost = [...stored].filter((what) => !rows.has(what)).map((what) => `lost: ${what}`);
  const stray = found.filter((what) => what.startsWith('never-')).map((what) => `stored: ${what}`);
  const halves = found
    .filter(
      (what) =>
        what.startsWith('pair-') && !rows.has(what.replace(/.$/, (part) => (part === 'a' ? 'b' : 'a'))),
    )
    .map((what) => `half of a transaction: ${what}`);
  return [...lost, ...stray, ...halves];
}
