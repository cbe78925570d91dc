import pg from 'pg';

/**
 * The client of every pool of ours, pg-boss's included. A pool stops listening to a client that it hands out, and whoever
 * waits for it begins a moment later; a connection that is lost in between would end the process by an unheard 'error'. Its
 * first statement fails anyway.
 */
export class PooledClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
