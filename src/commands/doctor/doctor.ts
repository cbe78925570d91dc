import { silentLog } from '../../log.ts';
import { isAppError } from '../../errors.ts';
import { openDatabaseUrls, type DatabaseUrls } from '../databases.ts';
import { readConfig } from '../environment.ts';
import { parseCabinet } from '../status.ts';
import { examine } from './examine.ts';
import { START_SERVICE, type Finding } from './finding.ts';
import { createReport } from './report.ts';

export interface DoctorOptions {
  repair?: true;
  json?: true;
  cabinet?: string;
}

/** Checks everything that the index rests on. Resolves to the exit code: 1 when something is wrong. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const cabinetId = options.cabinet === undefined ? undefined : parseCabinet(options.cabinet);
  const config = readConfig();
  const log = silentLog();
  const report = createReport({ json: options.json === true });
  const configuration: Finding = {
    check: 'configuration',
    status: 'ok',
    detail: 'every variable can be read',
  };
  report.add(configuration);
  let urls: DatabaseUrls;
  try {
    urls = await openDatabaseUrls(config, log, { create: false });
  } catch (error) {
    // The embedded Postgres has no data, or cannot use it: there is nothing that could be looked at.
    if (!isAppError(error)) throw error;
    const { message: detail } = error;
    report.add({ check: 'main database', status: 'failed', detail, remedy: START_SERVICE });
    return report.end();
  }
  try {
    await examine(config, urls, log, {
      repair: options.repair === true,
      cabinetId,
      onFindings: (findings) => report.add(...findings),
      onRepair: (what) => report.announce(what),
      progress: (line) => report.progress(line),
    });
  } finally {
    await urls.close();
  }
  return report.end();
}
