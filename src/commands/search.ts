import { createConfiguredEmbedders } from '../embedding/configured.ts';
import { createConfiguredSearch } from '../retrieval/configured.ts';
import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { cabinetExists } from '../cabinets/queries.ts';
import { AppError } from '../errors.ts';
import { silentLog } from '../log.ts';
import type { SearchHit, SearchRequest } from '../retrieval/search.ts';
import { MAX_READ_TOKENS } from '../understanding/read-part.ts';
import { MENTION_KINDS, type MentionKind } from '../understanding/mention.ts';
import { snakeCased } from '../snake-case.ts';
import { openDatabases } from './databases.ts';
import { describeUnderstood } from './describe-understood.ts';
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
  const request: SearchRequest = {
    cabinetId,
    query,
    limit: numberOption('--limit', options['limit'], 1, 100),
    chunkTypes: options['type'] as SearchRequest['chunkTypes'],
    minSimilarity: numberOption('--min-similarity', options['minSimilarity'], -1, 1),
    mode: options['mode'] as SearchRequest['mode'],
    understand: options['plain'] !== true,
    ignore: kindsOption(options['ignore']),
    from: options['from'] as string | undefined,
    to: options['to'] as string | undefined,
    nmId: numberOption('--nm-id', options['nmId'], 1, Number.MAX_SAFE_INTEGER),
    explain: options['explain'] === true,
  };
  const databases = await openDatabases(config, log);
  const { main, vector } = databases;
  try {
    if (!(await cabinetExists(main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    const embedders = createConfiguredEmbedders(config, log);
    const found = await createConfiguredSearch(config, { vector, embedders }).search(request);
    if (options['json'] === true) {
      const { model, semantic, tookMs, understood, relaxed, isCut, notice, hits } = found;
      // The names of the HTTP API's answer.
      console.log(
        JSON.stringify(
          {
            model,
            semantic,
            took_ms: Math.round(tookMs),
            understood,
            relaxed,
            notice,
            read_whole: !isCut,
            results: hits.map(snakeCased),
          },
          undefined,
          2,
        ),
      );
      return;
    }
    if (found.notice !== null) console.log(found.notice);
    if (found.understood.length > 0) console.log(describeUnderstood(found.understood));
    if (found.isCut)
      console.log(`Only the first ${MAX_READ_TOKENS} words of the question were read for filters.`);
    if (found.hits.length === 0) console.log('Nothing found.');
    for (const hit of found.hits) {
      console.log(`${hit.similarity?.toFixed(3) ?? '  –  '}  ${hit.sourceTable} ${hit.sourceId}`);
      if (hit.explanation !== undefined) console.log(`       ${describeRanks(hit)}`);
      console.log(hit.text.replace(/^/gm, '       '));
    }
  } finally {
    await databases.close();
  }
}

function describeRanks({ score, explanation = {} }: SearchHit): string {
  const parts = Object.entries(explanation).map(([name, { rank }]) => `${name} ${rank}`);
  return `score ${score.toFixed(4)}: ${parts.join(', ')}`;
}

function kindsOption(value: unknown): MentionKind[] | undefined {
  if (value === undefined) return undefined;
  const kinds = value as string[];
  const unknown = kinds.find((kind) => !(MENTION_KINDS as readonly string[]).includes(kind));
  if (unknown !== undefined)
    throw new AppError('invalid_request', `--ignore has to be one of ${MENTION_KINDS.join(', ')}`);
  return kinds as MentionKind[];
}

function numberOption(name: string, value: unknown, min: number, max: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number >= min && number <= max))
    throw new AppError('invalid_request', `${name} has to be a number from ${min} to ${max}`);
  return number;
}
