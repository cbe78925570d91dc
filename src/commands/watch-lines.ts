import { EVENT_DATA, type EventData, type EventType } from '../activity/activity-event.ts';

/** What the stream says of an event, as it came. */
export type SaidEvent = Record<string, unknown>;

type Describers = { [Type in EventType]: (data: EventData<Type>, event: SaidEvent) => string };

const DESCRIBE: Describers = {
  change_captured({ rows, renamed_products: renamed, captured_at: capturedAt }, { occurred_at: at }) {
    const what = [
      ...(rows === null || Object.keys(rows).length > 0 ? [describeRows(rows)] : []),
      ...(renamed > 0 ? [`${count(renamed, 'product')} renamed`] : []),
    ];
    const ms = Math.max(0, new Date(String(at)).getTime() - new Date(capturedAt).getTime());
    return `change captured: ${what.join(', ')}, ${formatMs(ms)} after it was written`;
  },
  job_created: ({ rows }) => `job queued: ${describeRows(rows)}`,
  job_started: ({ rows }) => `indexing started: ${describeRows(rows)}`,
  batch_embedded: ({ chunks }) => `${count(chunks, 'chunk')} embedded and searchable`,
  run_finished({ status, duration_ms: ms, ...data }) {
    const did = [
      [data.chunks_new, 'new'],
      [data.chunks_updated, 'changed'],
      [data.chunks_deleted, 'deleted'],
      [data.chunks_skipped, 'unchanged'],
      [data.chunks_rejected, 'refused'],
    ]
      .filter(([number]) => number !== 0)
      .map(([number, word]) => `${number} ${word}`);
    const counts = did.length === 0 ? 'nothing to do' : did.join(', ');
    const how = {
      completed: 'finished',
      waiting: 'put off after',
      failed: 'failed after',
      abandoned: 'given up after',
    };
    return `indexing ${how[status]}${status === 'completed' ? ' in' : ''} ${formatMs(ms)}: ${counts}`;
  },
  sync_started: ({ trigger }) => `sync with Wildberries started (${trigger})`,
  sync_finished: ({ status }) => `sync with Wildberries ended: ${status}`,
  rebuild_progress({ rebuild_id: id, status, rows_done: done, rows_total: total }) {
    const rows = `${done}${total === null ? '' : ` of ${Math.max(total, done)}`} rows compared`;
    return status === 'started'
      ? `full rebuild ${id} started: ${total ?? 'unknown'} rows to compare`
      : `full rebuild ${id} ${status === 'running' ? 'is under way' : status}: ${rows}`;
  },
  dropped: ({ events }) => `${count(events, 'event')} could not be recorded and are missing here`,
};

/** One line for a person, with the time of this machine. */
export function formatLine(event: SaidEvent): string {
  const { type, occurred_at: occurredAt, cabinet_id: cabinetId } = event;
  if (type === 'gap') {
    return event['reason'] === 'deleted'
      ? `What happened after event ${String(event['after'])} is kept no longer; going on after event ${String(event['resumed_after'])}.`
      : `The database has not come as far as event ${String(event['after'])}; going on after event ${String(event['resumed_after'])}.`;
  }
  const of = typeof cabinetId === 'number' ? `cabinet ${cabinetId}  ` : '';
  return `${formatTime(new Date(String(occurredAt)))}  ${of}${describe(event)}`;
}

/** A service of another version may say what this one does not know. */
function describe(event: SaidEvent): string {
  const type = event['type'] as EventType;
  const parsed = Object.hasOwn(EVENT_DATA, type) ? EVENT_DATA[type].safeParse(event) : undefined;
  if (parsed?.success !== true) return type;
  return (DESCRIBE[type] as (data: unknown, event: SaidEvent) => string)(parsed.data, event);
}

const NOUNS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    orders: 'order',
    products: 'product',
    stocks: 'stock',
    reviews: 'review',
    sales: 'sale',
  }),
);

function describeRows(rows: EventData<'job_created'>['rows']): string {
  if (rows === null) return 'every row';
  return Object.entries(rows)
    .map(([source, number]) => count(number, NOUNS.get(source) ?? source))
    .join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function formatMs(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(0)} s`;
}

/** `15:30:00.123`, in the time zone of this machine. */
function formatTime(time: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const milliseconds = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${milliseconds}`;
}
