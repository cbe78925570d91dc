import type { ReadWord } from '../reading.ts';

/** Beginnings of words for what sellers ask about and none of the tables has. */
const NOWHERE =
  /^(?:прибыл[ьиея]|маржа|маржу|маржи|маржинальн|рентабельн|юнит|себестоимост|наценк|реклам|рк$|дрр$|ctr$|cpm$|cpc$|клик|показ(?:ы|ов|ах|ам)$|просмотр|посещ|визит|трафик|переход|конверси|воронк|корзин|избранн|конкурент|ниша|нише|ниши|выдач|ранжир|сео|seo$|ключев|запрос(?:ы|ов|ам|ах)$|комисси|логистик|хранени|тариф|коэффициент|приемк|штраф|удержан|налог|усн$|ндс$|зарплат|аренд|кредит|план(?:а|у|ом|ы|ов)?$|прогноз|погод|закон|курс(?:а|ы|у)?$|доллар|евро$|бухгалтер|сертификат|договор)/u;

/** Words of a question that no table can answer, as it writes them. */
export function nowhereIn(words: readonly ReadWord[]): string[] {
  return words.flatMap(({ text, fate, isTaken }) =>
    !isTaken && (fate === 'unread' || fate === 'concept') && NOWHERE.test(text) ? [text] : [],
  );
}
