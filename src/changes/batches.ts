import type { RagIndexPayload } from '../jobs/queues.ts';
import { SOURCE_NAMES, type ChangedIds, type SourceName } from '../source-tables.ts';
import type { Change } from './queries.ts';

interface CabinetChanges {
  everything: boolean;
  ids: Map<SourceName, Set<number>>;
}

export interface FoldedChanges {
  cabinets: Map<number, CabinetChanges>;
  /** `nm_id`s of renamed products by cabinet. */
  productNames: Map<number, Set<string>>;
}

/** Folds changes so that a row that changed several times is indexed once. */
export function foldChanges(changes: readonly Change[]): FoldedChanges {
  const cabinets: FoldedChanges['cabinets'] = new Map();
  const productNames: FoldedChanges['productNames'] = new Map();
  for (const change of changes) {
    if (change.kind === 'product_names') {
      const nmIds = getOrAdd(productNames, change.cabinetId, () => new Set<string>());
      for (const nmId of change.ids) nmIds.add(nmId);
      continue;
    }
    const cabinet = getOrAdd(cabinets, change.cabinetId, () => ({
      everything: false,
      ids: new Map<SourceName, Set<number>>(),
    }));
    if (change.kind === 'cabinet') {
      cabinet.everything = true;
    } else {
      const ids = getOrAdd(cabinet.ids, change.kind, () => new Set<number>());
      for (const id of change.ids) ids.add(Number(id));
    }
  }
  // Comparing the whole cabinet looks at the quoting rows anyway.
  for (const [cabinetId, cabinet] of cabinets) if (cabinet.everything) productNames.delete(cabinetId);
  return { cabinets, productNames };
}

/** The jobs for folded changes: for each cabinet one that compares everything, or as many as `maxIds` calls for. */
export function toPayloads(folded: FoldedChanges, maxIds: number): RagIndexPayload[] {
  const payloads: RagIndexPayload[] = [];
  for (const [cabinetId, cabinet] of folded.cabinets) {
    if (cabinet.everything) {
      payloads.push({ cabinet_id: cabinetId, mode: 'incremental' });
      continue;
    }
    let batch: ChangedIds = {};
    let size = 0;
    const flush = () => {
      if (size > 0) payloads.push({ cabinet_id: cabinetId, mode: 'incremental', changed_ids: batch });
      batch = {};
      size = 0;
    };
    for (const source of SOURCE_NAMES) {
      for (const id of cabinet.ids.get(source) ?? []) {
        (batch[source] ??= []).push(id);
        size += 1;
        if (size === maxIds) flush();
      }
    }
    flush();
  }
  return payloads;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
