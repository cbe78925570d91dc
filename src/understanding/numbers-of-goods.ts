import type { Draft } from './draft.ts';
import { articleKey, type Vocabulary } from './vocabulary.ts';

const NUMBER_LABEL = String.raw`(?:(?:нм|nm|nmid|нмид|номенклатур\p{L}*|артикул\p{L}*|арт|номер\p{L}*|код\p{L}*|id|sku) )*`;
/** Wildberries' numbers of today have 8 to 10 digits, the oldest 5. */
const NM_ID = String.raw`(\d{5,12})`;
const LONGEST_ARTICLE = 6;
const SHORTEST_ARTICLE = 3;

/** Numbers of goods: Wildberries' and the seller's. */
export function readNumbersOfGoods(draft: Draft, vocabulary: Vocabulary): void {
  draft.find(`${NUMBER_LABEL}${NM_ID}(?! (?:руб|р|₽|шт)\\p{L}*)`, (match, words) => {
    const nmId = Number(match[1]);
    // One that the cabinet has not is meant as one when it is called so; it finds nothing, and the answer says so.
    if (!vocabulary.nmIds.has(nmId) && !/\p{L}/u.test(words)) return undefined;
    return { kind: 'product', value: nmId, filters: { nmIds: [nmId] } };
  });
  readArticles(draft, vocabulary);
}

function readArticles(draft: Draft, vocabulary: Vocabulary): void {
  for (let first = 0; first < draft.tokens.length; first++) {
    for (let last = Math.min(first + LONGEST_ARTICLE, draft.tokens.length); last > first; last--) {
      const tokens = draft.tokens.slice(first, last);
      const [start, end] = [tokens[0]!.start, tokens.at(-1)!.end];
      const words = draft.question.slice(start, end);
      const key = articleKey(words);
      // A word alone may be an article, too, but then it has to have a digit: nobody means one by `плед`.
      const isArticle = key.length >= SHORTEST_ARTICLE && (/\d/.test(key) || tokens.length > 1);
      const known =
        isArticle && !tokens.some(({ text }) => text === '§') ? vocabulary.articles.get(key) : undefined;
      if (known === undefined) continue;
      draft.add({ kind: 'article', value: known.article, filters: { nmIds: [...known.nmIds] } }, start, end);
      break;
    }
  }
  draft.find(String.raw`(?:по )?(?:артикул\p{L}*|арт) §`, () => 'nothing');
}
