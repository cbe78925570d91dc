import type { Context, MiddlewareHandler } from 'hono';
import { csrf } from 'hono/csrf';
import { toDatabaseError } from '../../database/sqlstate.ts';
import { AppError } from '../../errors.ts';
import type { HttpApp, HttpEnv } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import type { RateLimits } from '../middleware/rate-limits.ts';
import { readBody } from '../middleware/request-body.ts';
import { DASHBOARD_PATH } from './dashboard.ts';
import { asRefused, readJobAction, refusalInstead } from './job-action.ts';
import { requireOperator } from './login.ts';
import { isJobId, readPageAddress, type PageAddress } from './page-address.ts';
import { NO_FONTS_PATH, toPageAnswer } from './page-answer.ts';
import { queueExists } from './queries.ts';

/**
 * The pages of the job queue, for the operator in a browser: `/admin/queues`. They are no part of the API and of its
 * document. Before the middleware of the API, because they have a login of their own, and forms instead of JSON.
 */
export function registerAdmin(
  app: HttpApp,
  deps: Pick<HttpDeps, 'main' | 'dashboard' | 'apiSecretKey'>,
  limits: RateLimits,
): void {
  const { dashboard, main } = deps;
  if (dashboard === undefined) return;
  const { pages, ruleOf } = dashboard;

  app.use('/admin/*', requireOperator(deps.apiSecretKey, limits));
  app.use('/admin/*', refuseCrossSite());
  app.get('/admin', (context) => context.redirect(DASHBOARD_PATH));
  app.get(NO_FONTS_PATH, (context) => context.body('', 200, { 'content-type': 'text/css' }));
  app.on(['GET', 'POST'], [`${DASHBOARD_PATH}/*`, `${DASHBOARD_PATH}.data`], async (context) => {
    const { path } = context.req;
    const address = readPageAddress(context.req.url);
    const request = await standardRequest(context);
    if (!path.startsWith(`${DASHBOARD_PATH}/assets/`)) {
      const other = await pageInstead(address);
      if (other !== undefined && request.method === 'GET')
        return toPageAnswer(path, await pages.handle(new Request(other, request)));
    }
    const form = request.method === 'POST' ? new URLSearchParams(await request.clone().text()) : undefined;
    const action = form && readJobAction(address, form);
    if (action === undefined) return toPageAnswer(path, await pages.handle(request));
    const { refusal, settle } = await ruleOf(action);
    if (refusal !== undefined) {
      const answer = await pages.handle(asRefused(request, action));
      return toPageAnswer(path, answer, (text) => refusalInstead(text, refusal));
    }
    const answer = await pages.handle(request);
    await settle?.();
    return toPageAnswer(path, answer);
  });

  /**
   * Of a page whose queue or job is not there, the address of one that says so; undefined: it may be. The pages would show
   * that, and a database that is away, as a fault of their own.
   */
  async function pageInstead({ queue, jobId, ofNoQueue, ofNoJob }: PageAddress): Promise<string | undefined> {
    const isThere = await queueExists(main.pool, queue ?? '').catch((error: unknown) => {
      throw toDatabaseError(error, main.label);
    });
    if (queue !== undefined && !isThere) return ofNoQueue;
    return jobId === undefined || isJobId(jobId) ? undefined : ofNoJob;
  }
}

/** hono's own rule: a browser says where a form comes from. Its refusal in the one shape of problems. */
function refuseCrossSite(): MiddlewareHandler<HttpEnv> {
  const check = csrf() as MiddlewareHandler<HttpEnv>;
  return async (context, next) => {
    try {
      await check(context, () => Promise.resolve());
    } catch (error) {
      throw new AppError(
        'cross_site_request',
        'This form was sent by a page of another site, or the proxy in front of the program changes the Host header.',
        { cause: error },
      );
    }
    await next();
  };
}

/** What hono hands over is made for itself; the dashboard has to get what the platform calls a request. */
async function standardRequest({ req }: Context<HttpEnv>): Promise<Request> {
  const { method, raw, url } = req;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(url, {
    method,
    headers: raw.headers,
    ...(hasBody ? { body: await readBody(raw) } : {}),
  });
}
