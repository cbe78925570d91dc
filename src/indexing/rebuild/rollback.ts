import { cancelModelChange, readModelStates, rememberRollback } from '../models.ts';
import { requestRebuild, type RequestedRebuild, type RequestRebuildDeps } from './request-rebuild.ts';

export type Rollback =
  /** There is no previous model: never changed, or its vectors are gone. */
  | { status: 'impossible' }
  /** It was gone back to before. */
  | { status: 'done'; model: string; refused: string }
  /** A change was under way and is given up; the model that is searched stays. */
  | { status: 'cancelled'; model: string; refused: string }
  /** The previous model is searched again as soon as the texts that changed since are embedded by it, too. */
  | { status: 'requested'; model: string; refused: string; requested: RequestedRebuild };

/** Goes back from the last change of the embedding model of a cabinet, and remembers not to make it again by itself. */
export async function rollBackModel(deps: RequestRebuildDeps, cabinetId: number): Promise<Rollback> {
  const [state] = await readModelStates(deps.vector.pool, cabinetId);
  if (state === undefined || state.searchModel === null) return { status: 'impossible' };
  if (state.nextModel !== null && state.nextModel !== state.previousModel) {
    if (await cancelModelChange(deps.vector, cabinetId, true))
      return { status: 'cancelled', model: state.searchModel, refused: state.nextModel };
    // Completed between the two statements: there is a way back by now.
    return rollBackModel(deps, cabinetId);
  }
  if (
    state.nextModel === null &&
    state.previousModel !== null &&
    state.previousModel === state.rolledBackFrom
  )
    return { status: 'done', model: state.searchModel, refused: state.rolledBackFrom };
  const model = await rememberRollback(deps.vector.pool, cabinetId);
  if (model === undefined) return { status: 'impossible' };
  const requested = await requestRebuild(deps, cabinetId, { trigger: 'rollback', model });
  return { status: 'requested', model, refused: state.searchModel, requested };
}
