import type { Embedder } from '../../embedding/embedder.ts';
import { messageOf } from '../../errors.ts';
import { modelUnavailable } from '../../indexing/model-unavailable.ts';
import { readModelStates } from '../../indexing/models.ts';
import { providerModelOf } from '../../embedding/embedders.ts';
import { count, milliseconds, type Check, type Examination, type Finding } from './finding.ts';

/** Says nothing about anybody, and costs a token or two. */
const WORD = 'товар';
/** The embedder itself tries again for some seconds; nobody at a terminal waits for more. */
const ANSWER_MS = 20_000;

export const checkEmbeddings: Check = {
  name: 'embeddings',
  needs: [],
  async run(examination) {
    const findings: Finding[] = [];
    for (const [model, cabinets] of await readNeededModels(examination))
      findings.push(await checkModel(examination, model, cabinets));
    return findings;
  },
};

/** The configured model, and those of the cabinets' vectors, each with the number of cabinets that need it. */
async function readNeededModels(examination: Examination): Promise<Map<string, number>> {
  const { vector, available, cabinetId } = examination;
  const models = new Map([[examination.embedders().configured.model, 0]]);
  if (!available.has('vector schema')) return models;
  for (const { searchModel, nextModel } of await readModelStates(vector.pool, cabinetId)) {
    for (const model of [searchModel, nextModel]) {
      if (model === null) continue;
      // Generations of one model come from the same place.
      const known = [...models.keys()].find((name) => providerModelOf(name) === providerModelOf(model));
      models.set(known ?? model, (models.get(known ?? model) ?? 0) + 1);
    }
  }
  return models;
}

async function checkModel(examination: Examination, model: string, cabinets: number): Promise<Finding> {
  const check = checkEmbeddings.name;
  const who = cabinets === 0 ? 'configured' : `of ${count(cabinets, 'cabinet')}`;
  const embedder = examination.embedders().of(model);
  if (embedder === undefined) {
    const { message, remedy } = splitRemedy(messageOf(modelUnavailable(model)));
    return { check, status: 'failed', detail: `${model} (${who}): ${message}`, ...remedy };
  }
  const started = performance.now();
  const fault = await findFault(embedder);
  if (fault !== undefined) {
    const remedy =
      'Indexing waits and goes on by itself when the provider answers. Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_EMBEDDINGS_MODEL.';
    return { check, status: 'failed', detail: `${model} (${who}): ${fault}`, remedy };
  }
  const isLocal = embedder.provider === 'local';
  const kind = isLocal ? ', lexical, not semantic (OPENAI_API_KEY for semantic ones)' : '';
  const detail = `${model} (${who}) answers in ${milliseconds(performance.now() - started)}${kind}`;
  return { check, status: 'ok', detail };
}

async function findFault(embedder: Embedder): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const { items } = await embedder.embed([WORD], { signal });
    const [item] = items;
    return item !== undefined && 'rejected' in item
      ? `the provider refused a word: ${item.rejected}`
      : undefined;
  } catch (error) {
    return signal.aborted ? `no answer within ${ANSWER_MS / 1000} s` : messageOf(error);
  }
}

/** The remedy of such a message is its last sentences. */
function splitRemedy(text: string): { message: string; remedy?: { remedy: string } } {
  const at = text.indexOf('. ') + 1;
  return at === 0
    ? { message: text }
    : { message: text.slice(0, at), remedy: { remedy: text.slice(at + 1) } };
}
