import type { Events } from '../../events.ts';

/** When each station of the path was first passed after a commit, in milliseconds since it. */
export interface Timeline {
  captured: number | undefined;
  job: number | undefined;
  indexed: number | undefined;
}

export interface TimelineRecorder {
  /** Call it right after a commit: everything is measured from here. */
  begin(): void;
  read(): Timeline;
}

/** Watches what the listener and the indexer say. */
export function createTimelineRecorder(events: Events): TimelineRecorder {
  let startedAt = 0;
  let timeline: Timeline = { captured: undefined, job: undefined, indexed: undefined };
  const mark = (station: keyof Timeline) => () => {
    timeline[station] ??= performance.now() - startedAt;
  };
  events.on('changesClaimed', mark('captured'));
  events.on('jobCreated', mark('job'));
  events.on('batchSaved', mark('indexed'));
  return {
    begin() {
      startedAt = performance.now();
      timeline = { captured: undefined, job: undefined, indexed: undefined };
    },
    read: () => timeline,
  };
}

export function formatTimeline(timeline: Timeline, searchableMs: number): string {
  const station = (name: string, ms: number | undefined) =>
    `${name} ${ms === undefined ? '?' : ms.toFixed(0)} ms`;
  return [
    'committed 0 ms',
    station('captured', timeline.captured),
    station('job', timeline.job),
    station('indexed', timeline.indexed),
    station('searchable', searchableMs),
  ].join(' → ');
}
