import type { OpenAPIHono } from '@hono/zod-openapi';

/** What the middleware leaves for the routes. */
export interface HttpEnv {
  Variables: {
    requestId: string;
  };
}

export type HttpApp = OpenAPIHono<HttpEnv>;
