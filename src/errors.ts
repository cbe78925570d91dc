/**
 * Every error that a person or a program may meet, in one table: what it is called, which HTTP status it
 * becomes, whether trying again can help, and what it means. docs/errors.md lists the same codes; a test holds
 * the two together.
 */
export const ERROR_CODES = {
  config_invalid: {
    httpStatus: 500,
    retryable: false,
    meaning: 'A configuration variable is missing or malformed.',
  },
  database_unreachable: { httpStatus: 503, retryable: true, meaning: 'A Postgres server does not answer.' },
  database_refused: {
    httpStatus: 503,
    retryable: false,
    meaning: 'A Postgres server refused the connection: wrong password, unknown database or role.',
  },
  database_unsuitable: {
    httpStatus: 500,
    retryable: false,
    meaning: 'The database cannot hold the index: no pgvector, or too old a version.',
  },
  database_failed: {
    httpStatus: 500,
    retryable: false,
    meaning: 'A statement failed for a reason that a retry does not mend.',
  },
  database_busy: {
    httpStatus: 503,
    retryable: true,
    meaning: 'A statement failed for a passing reason: deadlock, timeout, lost connection.',
  },
  data_directory_unusable: {
    httpStatus: 500,
    retryable: false,
    meaning: 'The data directory of the embedded Postgres cannot be read or written.',
  },
  data_directory_in_use: {
    httpStatus: 500,
    retryable: false,
    meaning: 'Another process already serves the data directory of the embedded Postgres.',
  },
  psql_unavailable: {
    httpStatus: 500,
    retryable: false,
    meaning:
      'There is no psql on this machine, or it cannot be started. The service itself does not need it.',
  },
  port_in_use: {
    httpStatus: 500,
    retryable: false,
    meaning: 'A port that the program should listen on is taken.',
  },
  migration_failed: {
    httpStatus: 500,
    retryable: false,
    meaning: 'A migration could not be applied or rolled back.',
  },
  migration_pending: {
    httpStatus: 503,
    retryable: false,
    meaning: 'The database lacks migrations that this version needs.',
  },
  unauthorized: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The API key is missing, wrong or revoked.',
  },
  forbidden: {
    httpStatus: 403,
    retryable: false,
    meaning:
      'The key of a cabinet may only read, search and chat in that cabinet; this takes the operator’s key, or is about another cabinet.',
  },
  rate_limited: {
    httpStatus: 429,
    retryable: true,
    meaning:
      'More requests with this key, or more wrong keys from this address, than one minute allows. Retry-After says when to go on.',
  },
  key_busy: {
    httpStatus: 503,
    retryable: true,
    meaning:
      'As many requests of this key are under way and waiting as one process takes of it (API_KEY_CONCURRENCY, API_KEY_QUEUE). Others are served. Retry-After says when to try again.',
  },
  host_not_allowed: {
    httpStatus: 403,
    retryable: false,
    meaning:
      'The program listens on this machine only, and the Host header of the request names another one. A proxy’s name goes into HTTP_ALLOWED_HOSTS.',
  },
  request_timeout: {
    httpStatus: 504,
    retryable: true,
    meaning: 'The request took longer than API_REQUEST_TIMEOUT_MS.',
  },
  cross_site_request: {
    httpStatus: 403,
    retryable: false,
    meaning: 'A page of another site sent a form to the queue dashboard. Nothing was done.',
  },
  invalid_request: {
    httpStatus: 422,
    retryable: false,
    meaning: 'A field of the request is missing or malformed.',
  },
  malformed_body: { httpStatus: 400, retryable: false, meaning: 'The body of the request is not JSON.' },
  unsupported_media_type: {
    httpStatus: 415,
    retryable: false,
    meaning: 'The body of the request is not declared as JSON by its Content-Type.',
  },
  body_too_large: {
    httpStatus: 413,
    retryable: false,
    meaning: 'The body of the request is larger than the limit.',
  },
  route_not_found: { httpStatus: 404, retryable: false, meaning: 'There is no such route.' },
  method_not_allowed: {
    httpStatus: 405,
    retryable: false,
    meaning: 'The route does not know this HTTP method.',
  },
  cabinet_not_found: { httpStatus: 404, retryable: false, meaning: 'There is no cabinet with this id.' },
  key_not_found: { httpStatus: 404, retryable: false, meaning: 'The cabinet has no key with this id.' },
  failure_not_found: {
    httpStatus: 404,
    retryable: false,
    meaning: 'Nothing that failed has this id: it was retried, or indexed since, or never was.',
  },
  analytics_function_not_found: {
    httpStatus: 404,
    retryable: false,
    meaning: 'There is no analytics function of this name; GET /v1/analytics lists them.',
  },
  conversation_not_found: {
    httpStatus: 404,
    retryable: false,
    meaning: 'The cabinet has no conversation with this id, or it is somebody else’s.',
  },
  daily_limit_reached: {
    httpStatus: 429,
    retryable: true,
    meaning:
      'The user has sent DAILY_LIMIT messages today. The next day begins at midnight in CABINET_TIME_ZONE.',
  },
  wb_token_missing: {
    httpStatus: 422,
    retryable: false,
    meaning: 'The cabinet has no key of the Wildberries API.',
  },
  wb_token_invalid: {
    httpStatus: 422,
    retryable: false,
    meaning: 'The key of the cabinet is not a token of the Wildberries API, or it has expired.',
  },
  wb_token_unreadable: {
    httpStatus: 422,
    retryable: false,
    meaning:
      'A token of the Wildberries API is encrypted in the database, and this process cannot decrypt it: it lacks the key (WB_TOKEN_KEY, .wb-token-key), or the value was changed.',
  },
  wb_scope_missing: {
    httpStatus: 422,
    retryable: false,
    meaning: 'The token does not permit this category of methods of the Wildberries API.',
  },
  wb_rejected: {
    httpStatus: 502,
    retryable: false,
    meaning:
      'Wildberries refused a request (400, 401, 402, 403, 404, …); its own explanation is in the message.',
  },
  wb_rate_limited: {
    httpStatus: 503,
    retryable: true,
    meaning: 'A limit of the Wildberries API is used up for now. The sync goes on when it may, by itself.',
  },
  wb_unavailable: {
    httpStatus: 503,
    retryable: true,
    meaning: 'Wildberries does not answer, or answers with a fault of its own (5xx, cut off, no JSON).',
  },
  too_many_streams: {
    httpStatus: 503,
    retryable: true,
    meaning: 'As many event streams as one process serves are open already. Try again when one has ended.',
  },
  service_unreachable: {
    httpStatus: 503,
    retryable: true,
    meaning: 'The running service, which a command asks over HTTP, does not answer.',
  },
  cabinet_inactive: { httpStatus: 409, retryable: false, meaning: 'The cabinet is switched off.' },
  embedding_unavailable: {
    httpStatus: 503,
    retryable: true,
    meaning:
      'The embedding provider is down, overloaded or out of quota. Try again later; indexing waits and resumes by itself.',
  },
  embedding_invalid: {
    httpStatus: 502,
    retryable: true,
    meaning: 'The embedding provider answered with something that cannot be the vectors asked for.',
  },
  chat_unavailable: {
    httpStatus: 503,
    retryable: true,
    meaning:
      'The language model is down, slow, out of quota or misconfigured. The chat answers without it, and says so.',
  },
  chat_context_too_long: {
    httpStatus: 422,
    retryable: false,
    meaning: 'The language model takes less text than it was given.',
  },
  chat_refused: {
    httpStatus: 502,
    retryable: false,
    meaning: 'The language model refuses to answer what it was given.',
  },
  budget_exhausted: {
    httpStatus: 503,
    retryable: true,
    meaning:
      'RAG_DAILY_TOKEN_BUDGET leaves nothing more to embed for this cabinet today. It goes on at 00:00 UTC by itself.',
  },
  lease_lost: {
    httpStatus: 409,
    retryable: true,
    meaning: 'Another run took over this cabinet, so this one must not write any more.',
  },
  handoff_incomplete: {
    httpStatus: 500,
    retryable: true,
    meaning: 'The queue accepted fewer jobs than were handed to it.',
  },
  not_available: { httpStatus: 501, retryable: false, meaning: 'This version cannot do what was asked for.' },
  internal: { httpStatus: 500, retryable: false, meaning: 'A fault of the program itself.' },
} as const satisfies Record<string, { httpStatus: number; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface AppErrorOptions {
  retryable?: boolean;
  httpStatus?: number;
  /** Machine-readable particulars. May be shown to users, so never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** The one error class of the program. `message` is written for the person who has to act on it. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.httpStatus = options.httpStatus ?? ERROR_CODES[code].httpStatus;
    this.details = options.details ?? {};
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The text of whatever was thrown. `AggregateError`s of Node's dialler have an empty message of their own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  // pg-boss reports faults of its workers as plain objects that look like errors.
  if (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string'
  ) {
    return error.message;
  }
  return String(error);
}
