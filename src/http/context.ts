import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';

/** Who asks. */
export type Principal = { kind: 'operator' } | { kind: 'cabinet'; cabinetId: number; keyId: number };

/** What the middleware leaves for the routes. */
export interface HttpEnv {
  /** Node's own request and answer; absent where the application is called without a server. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Not on public routes. */
    principal: Principal;
    /** Aborted when the asker hangs up or the time of the request is over. */
    signal: AbortSignal;
  };
}

export type HttpApp = OpenAPIHono<HttpEnv>;
