import type { EventFeed } from '../activity/feed.ts';
import type { Chat } from '../chat/chat.ts';
import type { ConversationRecords } from '../chat/conversation-records.ts';
import type { TokenVault } from '../cabinets/tokens/token-vault.ts';
import type { AnalyticsAnswer } from '../analytics/analytics.ts';
import type { Database } from '../database/pool.ts';
import type { Events } from '../events.ts';
import type { DashboardActionRule } from '../indexing/failures/dashboard-actions.ts';
import type { Failures } from '../indexing/failures/failures.ts';
import type { Rebuilds } from '../indexing/rebuild/rebuilds.ts';
import type { IndexMetrics, IndexStatus } from '../indexing/status.ts';
import type { Health } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Search } from '../retrieval/search.ts';
import type { Syncs } from '../wildberries/sync/syncs.ts';
import type { ChangedIds } from '../source-tables.ts';
import type { Dashboard } from './admin/dashboard.ts';
import type { HttpLimits } from './limits.ts';

/** The index of one cabinet. */
export interface IndexDeps {
  /**
   * Queues an incremental run of an existing cabinet; without ids, of all its rows. Resolves when its jobs are stored, to
   * the id of the first, and writes the log line "Triggering … RAG indexing for cabinet …".
   */
  request(cabinetId: number, changedIds: ChangedIds | undefined): Promise<{ jobId: string | undefined }>;
  /** Undefined: never indexed. */
  readStatus(cabinetId: number): Promise<IndexStatus | undefined>;
  readMetrics(cabinetId: number): Promise<IndexMetrics>;
}

export interface AnalyticsDeps {
  /** Answers from the source tables of an existing cabinet, as of now, in its time zone. Checks the parameters. */
  run(name: string, cabinetId: number, parameters: unknown): Promise<AnalyticsAnswer>;
}

/** What the routes call: what the whole process has, then one object a feature. */
export interface HttpDeps {
  main: Database;
  vector: Database;
  /** Encrypts the tokens of cabinets. */
  vault: TokenVault;
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
  search: Search;
  index: IndexDeps;
  rebuilds: Rebuilds;
  failures: Failures;
  syncs: Syncs;
  /** What the processes of the program do, as it happens. */
  feed: Pick<EventFeed, 'open'>;
  /** The pages of the job queue, and what an action on a job means to the index. Absent: DASHBOARD_ENABLED is false. */
  dashboard?: { pages: Pick<Dashboard, 'handle'>; ruleOf: DashboardActionRule } | undefined;
  analytics: AnalyticsDeps;
  /** Answers questions about an existing cabinet. */
  chat: Chat;
  /** What was asked and answered. */
  conversations: ConversationRecords;
}
