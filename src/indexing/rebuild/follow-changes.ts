import { providerModelOf } from '../../embedding/embedders.ts';
import { cancelModelChange, readModelStates, type CabinetModelState } from '../models.ts';
import { readLastRebuilds } from './queries.ts';
import { requestRebuild, type RequestRebuildDeps } from './request-rebuild.ts';

/** What a process would have the index be. */
export interface Intent {
  configuredModel: string;
  textsVersion: string;
}

const sameModel = (one: string, other: string) => providerModelOf(one) === providerModelOf(other);

/**
 * After a change of the configuration or of the program: has the cabinets rebuilt whose vectors are of another model, or
 * whose texts are of another version. Looked at when a process starts, and only then: two that want different models would
 * otherwise take turns.
 */
export async function followChanges(deps: RequestRebuildDeps, intent: Intent): Promise<void> {
  for (const state of await readModelStates(deps.vector.pool)) {
    if (state.searchModel === null) continue;
    const { cabinetId } = state;
    const model = await modelToBuild(deps, state, state.searchModel, intent.configuredModel);
    if (model !== undefined) await requestRebuild(deps, cabinetId, { trigger: 'model', model });
    else if (state.textsVersion !== intent.textsVersion && !state.hasOpenRebuild)
      await requestRebuild(deps, cabinetId, { trigger: 'texts' });
  }
}

async function modelToBuild(
  { vector, log }: RequestRebuildDeps,
  state: CabinetModelState,
  searchModel: string,
  configuredModel: string,
): Promise<string | undefined> {
  const { cabinetId, nextModel, rolledBackFrom, hasOpenRebuild } = state;
  if (nextModel !== null && sameModel(nextModel, configuredModel))
    return hasOpenRebuild ? undefined : nextModel;
  if (sameModel(searchModel, configuredModel)) {
    // A way back is under way because somebody wants it; any other change is not wanted any more.
    if (nextModel !== null && nextModel !== state.previousModel) {
      await cancelModelChange(vector, cabinetId, false);
      log.info({ cabinetId, nextModel }, `Cabinet ${cabinetId} stays with the model ${searchModel}`);
    }
    return undefined;
  }
  if (rolledBackFrom !== null && sameModel(rolledBackFrom, configuredModel)) {
    log.info(
      { cabinetId, configuredModel },
      `Cabinet ${cabinetId} stays with the model ${searchModel}, because somebody went back from ${rolledBackFrom}: wb-assist rebuild ${cabinetId} --reembed takes it up again`,
    );
    return undefined;
  }
  log.warn(
    { cabinetId, searchModel, configuredModel },
    `Cabinet ${cabinetId} is embedded by ${configuredModel} now; searches compare the vectors of ${searchModel} until that is done`,
  );
  return configuredModel;
}

/** As long as two versions run side by side, each would undo what the other's rebuild did. */
const MIXED_TEXTS_SECONDS = 10 * 60;

/**
 * Has cabinets rebuilt whose texts two versions of the program wrote, when that was some time ago. One that was given up
 * since is for a person, or for the weekly one: it would fail again, and again, every minute.
 */
export async function unifyTexts(deps: RequestRebuildDeps): Promise<void> {
  const { pool } = deps.vector;
  for (const { cabinetId, mixedSeconds, textsMixedAt, hasOpenRebuild } of await readModelStates(pool)) {
    if (mixedSeconds === null || textsMixedAt === null) continue;
    if (mixedSeconds < MIXED_TEXTS_SECONDS || hasOpenRebuild) continue;
    const [last] = await readLastRebuilds(pool, cabinetId);
    if (last?.status === 'failed' && last.finishedAt! > textsMixedAt) continue;
    deps.log.warn(
      { cabinetId, since: textsMixedAt },
      `Processes of two versions, or with two values of RAG_WINDOW_DAYS, wrote texts of cabinet ${cabinetId}; it is rebuilt by this one`,
    );
    await requestRebuild(deps, cabinetId, { trigger: 'texts' });
  }
}
