import { AppError } from '../../errors.ts';
import { DASHBOARD_PATH } from './dashboard.ts';

/** Of no job. pg-boss makes ids of which none is this one. */
export const NO_JOB = '00000000-0000-0000-0000-000000000000';
/** pg-boss refuses such a name for a queue. */
const NO_QUEUE = '-';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const QUEUE_PATH = /^\/queues\/([^/]+?)(\/jobs\/([^/]+?))?(\.data)?$/;
/** The dashboard multiplies it by the length of a page, and a bigint is the most that Postgres skips. */
const MAX_PAGE = 1_000_000;

export interface PageAddress {
  /** What a page or a form is about; undefined: no queue, no job. */
  queue: string | undefined;
  jobId: string | undefined;
  /** The same page of a queue, or of a job, that is not there: the dashboard says so in its own words. */
  ofNoQueue: string;
  ofNoJob: string;
}

/**
 * What an address of the dashboard is about. Its pages hand what they are given to Postgres and fail on what is no text, no
 * UUID and no number.
 *
 * @throws AppError `invalid_request`, with status 400.
 */
export function readPageAddress(address: string): PageAddress {
  const url = new URL(address);
  const texts = [decodePath(url.pathname), ...url.searchParams.keys(), ...url.searchParams.values()];
  if (texts.some((text) => text.includes('\0'))) throw malformed('The address has a NUL character in it.');
  const page = Number(url.searchParams.get('page') ?? 1);
  if (page > MAX_PAGE) throw malformed(`There is no page beyond ${MAX_PAGE}.`);
  const [, queue, job = '', jobId, data = ''] =
    QUEUE_PATH.exec(url.pathname.slice(DASHBOARD_PATH.length)) ?? [];
  const instead = (path: string): string => {
    const other = new URL(url);
    other.pathname = `${DASHBOARD_PATH}/queues/${path}${data}`;
    return other.href;
  };
  return {
    queue: queue === undefined ? undefined : decodeURIComponent(queue),
    jobId: jobId === undefined ? undefined : decodeURIComponent(jobId),
    ofNoQueue: instead(NO_QUEUE),
    ofNoJob: instead(job === '' ? (queue ?? NO_QUEUE) : `${queue!}/jobs/${NO_JOB}`),
  };
}

export function isJobId(text: string): boolean {
  return UUID.test(text);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw malformed('A % in the address is not followed by the digits of a character.', error);
  }
}

function malformed(message: string, cause?: unknown): AppError {
  return new AppError('invalid_request', message, {
    httpStatus: 400,
    ...(cause === undefined ? {} : { cause }),
  });
}
