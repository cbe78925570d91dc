import { createConfiguredEmbedders } from '../app.ts';
import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { cabinetExists } from '../cabinets/queries.ts';
import { AppError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { createSearch, type SearchRequest } from '../retrieval/search.ts';
import { openDatabases } from './databases.ts';
import { readConfig } from './environment.ts';
import { parseCabinet } from './status.ts';

export async function search(
  cabinet: string,
  query: string,
  options: Record<string, unknown>,
): Promise<void> {
  const cabinetId = parseCabinet(cabinet);
  const config = readConfig();
  const log = silentLog();
  const minSimilarity =
    options['minSimilarity'] === undefined
      ? undefined
      : numberOption('--min-similarity', options['minSimilarity'], -1, 1);
  const limit = numberOption('--limit', options['limit'], 1, 100);
  const types = options['type'] as SearchRequest['chunkTypes'];
  const databases = await openDatabases(config, log);
  const { main, vector } = databases;
  try {
    if (!(await cabinetExists(main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    const found = await createSearch({ vector, embedders: createConfiguredEmbedders(config, log) }).search({
      cabinetId,
      query,
      limit,
      ...(types === undefined ? {} : { chunkTypes: types }),
      ...(minSimilarity === undefined ? {} : { minSimilarity }),
    });
    if (options['json'] === true) {
      const { model, semantic, tookMs, hits } = found;
      // The names of the HTTP API's answer.
      console.log(
        JSON.stringify({ model, semantic, took_ms: Math.round(tookMs), results: hits }, undefined, 2),
      );
      return;
    }
    if (found.hits.length === 0) console.log('Nothing found.');
    for (const hit of found.hits) {
      console.log(`${hit.similarity.toFixed(3)}  ${hit.source_table} ${hit.source_id}`);
      console.log(hit.text.replace(/^/gm, '       '));
    }
  } finally {
    await databases.close();
  }
}

function numberOption(name: string, value: unknown, min: number, max: number): number {
  const number = Number(value);
  if (!(number >= min && number <= max))
    throw new AppError('invalid_request', `${name} has to be a number from ${min} to ${max}`);
  return number;
}
