import type { SearchHit } from '../../retrieval/search.ts';
import type { Language } from '../chat-answer.ts';
import { condenseHit } from './condense-hit.ts';
import { sayFigures } from './plain-figures.ts';
import { sayObstacles, sayUnknown } from './say-obstacles.ts';
import { sayNothingFound } from './nothing-found.ts';
import type { PlainMaterial } from './plain-material.ts';
import { usefulHits } from './useful-hits.ts';

export interface PlainAnswer {
  /** Refers to hits as `[1]`, … in the order of `cited`. Says nothing of why there is no model: the notices do. */
  text: string;
  /** The hits that it quotes. */
  cited: readonly SearchHit[];
}

const ROWS = 5;
/** Examples of what the figures sum up. */
const ROWS_BESIDE_FIGURES = 3;

/** An answer made of figures and quoted rows alone. Pure. */
export function composePlainAnswer(material: PlainMaterial): PlainAnswer {
  const { language, tools, obstacles, hits = [] } = material;
  const answered = tools.filter(({ status, result }) => status === 'ok' && result !== null);
  // What an answer does not know stands before what it does.
  const said = sayObstacles(obstacles, language);
  const figures = sayFigures(tools, language);
  const useful = usefulHits(material, answered);
  const missing =
    useful.length === 0 && hits.length > 0 && answered.length === 0 && said.length === 0
      ? sayUnknown(material.unknown ?? [], language)
      : [];
  const cited = useful.slice(0, answered.length > 0 ? ROWS_BESIDE_FIGURES : ROWS);
  const rows = cited.length === 0 ? [] : sayRows(cited, useful.length, language);
  const nothing =
    hits.length === 0 && answered.length === 0 && said.length === 0 ? sayNothingFound(material) : [];
  const hint = language === 'en' && tools.length === 0 && rows.length > 0 ? [FIGURES_IN_RUSSIAN] : [];
  const text = [said, missing, figures, rows, nothing, hint]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
  return { text, cited };
}

/** Without this sentence a reader who asked for a sum would take the rows for the answer. */
const FIGURES_IN_RUSSIAN =
  'Without a language model figures are calculated for questions in Russian only, such as «сколько заказов за неделю».';

function sayRows(cited: readonly SearchHit[], found: number, language: Language): string[] {
  const rows = cited.flatMap((hit, place) => {
    const [head, ...words] = condenseHit(hit, language);
    return [`[${place + 1}] ${head}`, ...words.map((line) => `    ${line}`)];
  });
  return [headOf(cited.length, found, language), ...rows];
}

/** The search gives its best so many, so their number says nothing of how many rows there are. */
function headOf(shown: number, found: number, language: Language): string {
  const isRussian = language === 'ru';
  if (found > shown)
    return isRussian
      ? `Самые подходящие записи (${shown} из ${found}, которые дал поиск):`
      : `The best matches (${shown} of the ${found} that the search gave):`;
  if (shown === 1) return isRussian ? 'Самая подходящая запись:' : 'The best match:';
  return isRussian ? `Самые подходящие записи (${shown}):` : `The best matches (${shown}):`;
}
