import type { Answer } from './answer.ts';
import type { ActiveFault } from './fault-script.ts';
import { errorEnvelope, paymentRequired, problem, temporarilyDisabled, unauthorized } from './problems.ts';
import type { MatchedRoute } from './routes.ts';
import { spoilRow } from './spoil-row.ts';

/** How an answer goes out. `never`: the client waits until it gives up. */
export type Delivery = 'whole' | 'never' | 'cut' | 'truncate';

export interface Outcome {
  answer: Answer;
  delivery: Delivery;
  delayMs: number;
}

const DEFAULT_DELAY_MS = 1000;

/** What a fault makes of the answer. Limits are not its business: those kinds never get here. */
export function applyFault(active: ActiveFault, route: MatchedRoute, right: () => Answer, at: Date): Outcome {
  const replace = (answer: Answer): Outcome => ({ answer, delivery: 'whole', delayMs: 0 });
  const deliver = (delivery: Delivery): Outcome => ({ answer: right(), delivery, delayMs: 0 });
  switch (active.fault.kind) {
    case '500':
      return replace(problem(500, 'internal server error', 'something went wrong', at));
    case '503':
      return replace(page(503, '503 Service Temporarily Unavailable'));
    case '401':
      return replace(unauthorized('access token problem; token is withdrawn', at));
    case '402':
      return replace(paymentRequired());
    case '403':
      return replace(problem(403, 'Forbidden', 'scope is not allowed for this resource', at));
    case '404':
      return replace(temporarilyDisabled(570, at));
    case 'html':
      return replace(page(200, 'Ведутся технические работы'));
    case 'error-envelope':
      return replace(errorEnvelope(route.api));
    case 'timeout':
      return deliver('never');
    case 'cut':
      return deliver('cut');
    case 'truncate':
      return deliver('truncate');
    case 'slow':
      return { ...deliver('whole'), delayMs: active.fault.delayMs ?? DEFAULT_DELAY_MS };
    case 'malformed-row': {
      const answer = structuredClone(right());
      active.spoiledRows.push(spoilRow(route.endpoint, answer.body, active.hits - 1));
      return replace(answer);
    }
    case 'rewrite': {
      const answer = structuredClone(right());
      return replace({ ...answer, body: active.fault.rewrite?.(answer.body) });
    }
    case '429':
    case 'global-limit':
      throw new Error('A fault of the limits was taken for one of the answer');
  }
}

function page(status: number, title: string): Answer {
  const body = `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n</body>\n</html>\n`;
  return { status, contentType: 'text/html; charset=utf-8', body };
}
