import { readOpenRebuild, type Rebuild, type RebuildTrigger } from './queries.ts';
import { requestRebuild, type RequestedRebuild, type RequestRebuildDeps } from './request-rebuild.ts';
import { requestRebuildOfAll } from './weekly.ts';

/** Full rebuilds, for whoever asks for them. */
export interface Rebuilds {
  /** Has all rows of an existing cabinet compared; `reembed`: and embedded anew. Joins a rebuild that is under way. */
  request(cabinetId: number, reembed: boolean): Promise<RequestedRebuild>;
  /** The same for every active cabinet, and for what is left of others. */
  requestOfAll(reembed: boolean): Promise<RequestedRebuild[]>;
  /** Undefined: none is under way. */
  readOpen(cabinetId: number): Promise<Rebuild | undefined>;
}

export function createRebuilds(
  deps: RequestRebuildDeps,
  { trigger, configuredModel }: { trigger: RebuildTrigger; configuredModel: string },
): Rebuilds {
  const reembedBy = (reembed: boolean) => (reembed ? configuredModel : undefined);
  return {
    request: (cabinetId, reembed) =>
      requestRebuild(deps, cabinetId, { trigger, reembedBy: reembedBy(reembed) }),
    requestOfAll: (reembed) => requestRebuildOfAll(deps, trigger, reembedBy(reembed)),
    readOpen: (cabinetId) => readOpenRebuild(deps.vector.pool, cabinetId),
  };
}
