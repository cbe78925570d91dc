import type { DashboardAction } from '../../indexing/failures/dashboard-actions.ts';
import { NO_JOB, type PageAddress } from './page-address.ts';

/** What the dashboard says of a retry of a job that is not there. */
const NOTHING_DONE = 'Job could not be retried (only failed jobs can be retried)';

/** Undefined: the form is about something else. */
export function readJobAction(
  { queue, jobId: jobInPath }: PageAddress,
  form: URLSearchParams,
): DashboardAction | undefined {
  const jobId = jobInPath ?? form.get('jobId');
  const intent = form.get('intent');
  if (queue === undefined || jobId === null || intent === null) return undefined;
  return { queue, jobId, intent };
}

/**
 * The same request about a job that is not there. What the page shows is in a format of its own, so the dashboard itself
 * has to say that nothing was done; `refusalInstead` then gives the reason.
 */
export function asRefused(request: Request, { jobId }: DashboardAction): Request {
  const url = request.url.replace(encodeURIComponent(jobId), NO_JOB);
  const body = new URLSearchParams({ intent: 'retry', jobId: NO_JOB }).toString();
  return new Request(url, { method: 'POST', headers: request.headers, body });
}

export function refusalInstead(text: string, refusal: string): string {
  return text.replaceAll(NOTHING_DONE, JSON.stringify(refusal).slice(1, -1));
}
