import type { EventFeed } from '../activity/feed.ts';
import type { Chat } from '../chat/chat.ts';
import type { ConversationRecords } from '../chat/conversation-records.ts';
import { KEY_CHECK_MS } from '../cabinets/keys/watch-keys.ts';
import type { TokenVault } from '../cabinets/tokens/token-vault.ts';
import { CONFIG_VARIABLES } from '../config.ts';
import type { AnalyticsAnswer } from '../analytics/analytics.ts';
import type { Database } from '../database/pool.ts';
import type { Events } from '../events.ts';
import type { FailureCounts } from '../indexing/failures/failure.ts';
import type { DashboardActionRule } from '../indexing/failures/dashboard-actions.ts';
import type { FailurePage, FailureQuery } from '../indexing/failures/list.ts';
import type { Retried } from '../indexing/failures/retry.ts';
import type { Rebuild } from '../indexing/rebuild/queries.ts';
import type { RequestedRebuild } from '../indexing/rebuild/request-rebuild.ts';
import type { IndexRun, IndexStatus, IndexTotals } from '../indexing/status.ts';
import type { Health } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Search } from '../retrieval/search.ts';
import type { RequestedSync, SyncState } from '../wildberries/sync/request-sync.ts';
import type { ChangedIds } from '../source-tables.ts';
import type { Dashboard } from './admin/dashboard.ts';
import type { IsAllowedHost } from './middleware/allowed-hosts.ts';

export interface IndexMetrics {
  /** The run that started last; null when none is on record. */
  last_run: IndexRun | null;
  totals: IndexTotals;
}

export interface HttpLimits {
  /** API_RATE_LIMIT_PER_MINUTE: requests of one key. 0: no limit. */
  requestsPerMinute: number;
  /** Of one address. Somebody who mistypes needs a handful. */
  wrongKeysPerMinute: number;
  /** API_REQUEST_TIMEOUT_MS */
  requestTimeoutMs: number;
  /** API_KEY_CONCURRENCY: requests of one cabinet's key that are worked on at once. */
  requestsAtOnce: number;
  /** API_KEY_QUEUE: that wait for their turn. */
  requestsWaiting: number;
  /** Event streams of one cabinet's key. */
  streamsAtOnce: number;
  /** What was opened with a key that is revoked ends so many milliseconds later. */
  keyCheckMs: number;
  /** HTTP_ALLOWED_HOSTS, and where the program listens. */
  isAllowedHost: IsAllowedHost;
  /** API_CORS_ORIGINS: sites whose scripts may use the API; `*` for all. */
  corsOrigins: readonly string[];
}

/** Where there are variables, as those. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  requestsPerMinute: CONFIG_VARIABLES.API_RATE_LIMIT_PER_MINUTE.schema.parse(undefined),
  wrongKeysPerMinute: 60,
  requestTimeoutMs: CONFIG_VARIABLES.API_REQUEST_TIMEOUT_MS.schema.parse(undefined),
  requestsAtOnce: CONFIG_VARIABLES.API_KEY_CONCURRENCY.schema.parse(undefined),
  requestsWaiting: CONFIG_VARIABLES.API_KEY_QUEUE.schema.parse(undefined),
  streamsAtOnce: 20,
  keyCheckMs: KEY_CHECK_MS,
  isAllowedHost: () => true,
  corsOrigins: [],
};

export interface HttpDeps {
  main: Database;
  vector: Database;
  /** Encrypts the tokens of cabinets. */
  vault: TokenVault;
  search: Search;
  /** The operator's key. Not empty. */
  apiSecretKey: string;
  /** Absent ones are as in `DEFAULT_HTTP_LIMITS`. */
  limits?: Partial<HttpLimits>;
  log: Log;
  /** Is told of each request. */
  events: Events;
  /** Everything that is counted, for Prometheus. Never rejects, and takes a second or so at most. */
  metrics(): Promise<{ contentType: string; text: string }>;
  /** Of the whole process. Shown to everybody, so without secrets. */
  health(): Health;
  /** False: jobs are queued, and wait until it is true again. */
  ragEnabled: boolean;
  /**
   * Queues an incremental run of an existing cabinet; without ids, of all its rows. Resolves when its jobs are stored, to
   * the id of the first, and writes the log line "Triggering … RAG indexing for cabinet …".
   */
  requestIndexing(
    cabinetId: number,
    changedIds: ChangedIds | undefined,
  ): Promise<{ jobId: string | undefined }>;
  /** Has all rows of an existing cabinet compared; `reembed`: and embedded anew. Joins a rebuild that is under way. */
  requestRebuild(cabinetId: number, reembed: boolean): Promise<RequestedRebuild>;
  /** The same for every active cabinet, and for what is left of others. */
  requestRebuildOfAll(reembed: boolean): Promise<RequestedRebuild[]>;
  /** Undefined: none is under way. */
  readOpenRebuild(cabinetId: number): Promise<Rebuild | undefined>;
  /** Undefined: never indexed. */
  readIndexStatus(cabinetId: number): Promise<IndexStatus | undefined>;
  readIndexMetrics(cabinetId: number): Promise<IndexMetrics>;
  listFailures(query: FailureQuery): Promise<FailurePage>;
  /** Of a cabinet or, without one, of all. */
  countFailures(cabinetId?: number): Promise<FailureCounts>;
  /** Throws `failure_not_found`. */
  retryFailure(id: string): Promise<Retried>;
  retryAllFailures(cabinetId?: number): Promise<Retried>;
  /** Queues a sync of an existing cabinet with Wildberries. Throws when it could not but fail. */
  requestSync(cabinetId: number): Promise<RequestedSync>;
  readSyncState(cabinetId: number): Promise<SyncState>;
  /** What the processes of the program do, as it happens. */
  feed: Pick<EventFeed, 'open'>;
  /** The pages of the job queue, and what an action on a job means to the index. Absent: DASHBOARD_ENABLED is false. */
  dashboard?: { pages: Pick<Dashboard, 'handle'>; ruleOf: DashboardActionRule } | undefined;
  /** Answers from the source tables of an existing cabinet, as of now, in its time zone. Checks the parameters. */
  runAnalytics(name: string, cabinetId: number, parameters: unknown): Promise<AnalyticsAnswer>;
  /** Answers questions about an existing cabinet. */
  chat: Chat;
  /** What was asked and answered. */
  conversations: ConversationRecords;
}
