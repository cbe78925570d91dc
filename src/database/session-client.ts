import pg from 'pg';
import { setUpSession } from './session-settings.ts';

/** `pg` takes both as its first argument; the types of its pool know the object only. */
type Config = string | pg.ClientConfig | undefined;

/**
 * The client of every pool of ours, those of pg-boss and of its dashboard included, of migrations and of doctor: when it is
 * connected, its session is set up. A pool stops listening to a client that it hands out, and whoever waits for it begins a
 * moment later; a connection that is lost in between would end the process by an unheard 'error'. Its first statement fails
 * anyway.
 */
export class SessionClient extends pg.Client {
  readonly #config: Config;
  #transactionPooled = false;

  constructor(config?: Config) {
    super(config);
    this.#config = config;
    this.on('error', () => undefined);
  }

  /** @throws what `setUpSession` throws, or an error of `pg`. */
  override connect(): Promise<this>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: unknown): Promise<this> | undefined {
    const ready = this.#connect();
    if (callback === undefined) return ready;
    const tell = callback as (error: unknown, client?: pg.Client) => void;
    ready.then(
      () => {
        tell(null, this);
      },
      (error: unknown) => {
        tell(error);
      },
    );
    return undefined;
  }

  async #connect(): Promise<this> {
    await super.connect();
    try {
      const { transactionPooled } = await setUpSession(this, () => new pg.Client(this.#config));
      this.#transactionPooled = transactionPooled;
      return this;
    } catch (error) {
      // Nobody else knows that it is open.
      await this.end().catch(() => undefined);
      throw error;
    }
  }

  /** A prepared statement stays in one session; behind a pooler in transaction mode the next one is another. */
  override query = ((config: unknown, ...rest: unknown[]) => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- bound by the call in the next line
    const send = pg.Client.prototype.query as (...parameters: unknown[]) => unknown;
    return send.call(this, this.#transactionPooled ? withoutName(config) : config, ...rest);
  }) as pg.Client['query'];
}

function withoutName(config: unknown): unknown {
  if (typeof config !== 'object' || config === null || !('name' in config)) return config;
  // A query object of its own kind (a cursor) is not ours to copy.
  if (Object.getPrototypeOf(config) !== Object.prototype) return config;
  const { name: _, ...unnamed } = config;
  return unnamed;
}
