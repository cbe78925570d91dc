import { readUnusableRows, type UnusableRows } from '../../wildberries/sync/rejects-queries.ts';
import { count, seconds, type Check, type Finding } from './finding.ts';

export const checkUnusableRows: Check = {
  name: 'unusable rows',
  needs: ['main schema'],
  async run({ main, cabinetId }) {
    const check = checkUnusableRows.name;
    const unusable = await readUnusableRows(main.pool, cabinetId);
    if (unusable.length > 0) return unusable.map(describe);
    return [{ check, status: 'ok', detail: 'every row that Wildberries sent was of use' }];
  },
};

function describe({ cabinetId, part, rows, latest, seconds: age, failure }: UnusableRows): Finding {
  const check = checkUnusableRows.name;
  const found = `cabinet ${cabinetId}: ${count(rows, 'row')} of ${part} could not be used`;
  const detail = `${found}, the latest ${seconds(age)} ago (${latest})`;
  const where = `select * from wb_sync_rejects where cabinet_id = ${cabinetId} names them`;
  if (failure === null) {
    const remedy = `${where}; they are asked for again by themselves. If they become more, look for a newer version of wb-assist.`;
    return { check, status: 'warning', detail, remedy };
  }
  const remedy = `${where}. The API of Wildberries may have changed: look for a newer version of wb-assist.`;
  return { check, status: 'failed', detail: `${detail}; its last sync failed: ${failure}`, remedy };
}
