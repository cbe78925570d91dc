import type { DashboardAction } from '../../indexing/failures/dashboard-actions.ts';
import { DASHBOARD_PATH } from './dashboard.ts';

const JOB_PATH = /^\/queues\/([^/]+?)(?:\/jobs\/([^/]+?))?(?:\.data)?$/;
const NO_JOB = '00000000-0000-0000-0000-000000000000';
/** What the dashboard says of a retry of a job that is not there. */
const NOTHING_DONE = 'Job could not be retried (only failed jobs can be retried)';

/** Undefined: the form is about something else. */
export function readJobAction(request: Request, form: URLSearchParams): DashboardAction | undefined {
  const [, queue, jobInPath] =
    JOB_PATH.exec(new URL(request.url).pathname.slice(DASHBOARD_PATH.length)) ?? [];
  const jobId = jobInPath ?? form.get('jobId');
  const intent = form.get('intent');
  if (queue === undefined || jobId === null || intent === null) return undefined;
  return { queue: decodeURIComponent(queue), jobId: decodeURIComponent(jobId), intent };
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
