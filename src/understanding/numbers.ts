import { NUMERALS } from '../russian/numerals.ts';
import type { Draft } from './draft.ts';
import type { Finding, NumberRange } from './mention.ts';

/** In digits, or in words before `тысяч` and the like. */
const NUMBER = String.raw`(\d+(?: [.,] \d{1,2}(?!\d))?|(?:${[...NUMERALS.keys()].join('|')})(?= (?:тыс|млн|мил|лям)))`;
/** What a number is multiplied by, and what it counts. */
const TIMES = String.raw`( (?:к|k|т|тр|тыс|тысяч|тысячи|тысяча|тысячей|тыщ|тыщи|тыщу|косар\p{L}*|млн|лям|ляма|лямов|миллион\p{L}*))?`;
const ROUBLES = String.raw`( (?:руб|рублей|рубля|рубль|рублями|р|₽))?`;
const SUM = NUMBER + TIMES + ROUBLES;
const OTHER_UNIT = String.raw`(?! (?:шт\p{L}*|единиц\p{L}*|пар|звезд\p{L}*|балл\p{L}*|размер\p{L}*|дн\p{L}*|день|%|процент\p{L}*|см|кг|мл|л|недел\p{L}*|месяц\p{L}*|час\p{L}*))`;

/** `не дороже` is no `дороже`: what a negation turns around is one word with it. */
const MORE = String.raw`(?:>|(?<!не )(?:дороже|больше|свыше|более|выше)(?: чем)?|от|начиная с|(?:минимум|не (?:меньше|ниже|дешевле|менее))(?: чем)?)`;
const LESS = String.raw`(?:<|(?<!не )(?:дешевле|меньше|менее|ниже)(?: чем)?|до|(?:максимум|не (?:больше|дороже|выше|более))(?: чем)?|в пределах)`;
/** Words of comparison that include the number itself. */
const INCLUDES = /^(?:от|до|не|в|начиная|минимум|максимум)(?: |$)/;
const CLEARLY_MONEY = /дороже|дешевле/;
/** Nobody asks for less without saying that it is money. */
const LEAST_BARE_SUM = 100;

const PIECES = String.raw`(?:шт|штук|штуки|штука|штуку|штучк\p{L}*|единиц\p{L}*|пар|пары)`;
const STARS = String.raw`(?:звезд\p{L}*|звездочк\p{L}*|балл\p{L}*)`;
const STAR_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    ...{ один: 1, одна: 1, одну: 1, одной: 1, одного: 1, единица: 1, единицу: 1, единицы: 1, единицей: 1 },
    ...{ единиц: 1, единичка: 1, единичку: 1, единички: 1, единичкой: 1, кол: 1, колы: 1 },
    ...{ два: 2, две: 2, двух: 2, двумя: 2, двойка: 2, двойку: 2, двойки: 2, двойкой: 2, двоек: 2 },
    ...{ три: 3, трех: 3, тремя: 3, тройка: 3, тройку: 3, тройки: 3, тройкой: 3, троек: 3 },
    ...{
      четыре: 4,
      четырех: 4,
      четырьмя: 4,
      четверка: 4,
      четверку: 4,
      четверки: 4,
      четверкой: 4,
      четверок: 4,
    },
    ...{ пять: 5, пяти: 5, пятью: 5, пятерка: 5, пятерку: 5, пятерки: 5, пятеркой: 5, пятерок: 5 },
  }),
);
const STAR = String.raw`([1-5](?: [.,] \d)?|один|одна|одну|одной|одного|два|две|двух|двумя|три|трех|тремя|четыре|четырех|четырьмя|пять|пяти|пятью)`;
const MARK = String.raw`(единиц\p{L}*|единичк\p{L}*|двойк\p{L}*|двоек|тройк\p{L}*|троек|четверк\p{L}*|четверок|пятерк\p{L}*|пятерок)`;

const toNumber = (text: string) => NUMERALS.get(text) ?? Number(text.replaceAll(' ', '').replace(',', '.'));
const starOf = (text: string) => STAR_NUMBERS.get(text) ?? toNumber(text);

function sum(number: string, times: string | undefined): number {
  const factor = times === undefined ? 1 : /млн|мил|лям/.test(times) ? 1_000_000 : 1000;
  return Math.round(toNumber(number) * factor * 100) / 100;
}

function atLeast(words: string, value: number): NumberRange {
  return INCLUDES.test(words) ? { from: value } : { over: value };
}
function atMost(words: string, value: number): NumberRange {
  return INCLUDES.test(words) ? { to: value } : { under: value };
}

const amount = (range: NumberRange): Finding => ({
  kind: 'amount',
  value: range,
  filters: { amount: range },
});
const quantity = (range: NumberRange): Finding => ({
  kind: 'quantity',
  value: range,
  filters: { quantity: range },
});
const rating = (range: NumberRange): Finding => ({
  kind: 'rating',
  value: range,
  filters: { rating: range },
});

/**
 * Ratings, pieces and sums of money. Some imply what rows are asked for, where the question does not say: stars are given in
 * reviews, pieces are in stocks.
 */
export function readNumbers(draft: Draft): void {
  readRatings(draft);
  readQuantities(draft);
  readAmounts(draft);
}

function readRatings(draft: Draft): void {
  const inReviews = (found: Finding): Finding => ({ ...found, implies: 'review' });
  draft.find(
    String.raw`негативчик\p{L}*|негатив\p{L}*|отрицательн\p{L}*|недовольн\p{L}*|(?:самые )?(?:плох(?:ие|их|ая|ой|ую|ими)|ужасн\p{L}*|худш\p{L}*|низк(?:ие|их|ая|ой|ую|ими))(?= (?:отзыв|оценк|комментари)\p{L}*)`,
    () => inReviews(rating({ to: 2 })),
  );
  draft.find(
    String.raw`позитив\p{L}*|положительн\p{L}*|хвал\p{L}*|(?:самые )?(?:хорош(?:ие|их|ая|ей|ую|ими)|отличн\p{L}*|лучш\p{L}*|высок(?:ие|их|ая|ой|ую|ими))(?= (?:отзыв|оценк|комментари)\p{L}*)`,
    () => inReviews(rating({ from: 4 })),
  );
  draft.find(String.raw`нейтральн\p{L}*`, () => inReviews(rating({ from: 3, to: 3 })));
  const { tokens } = draft;
  // `товары с оценкой ниже 4` are cards, `отзывы с оценкой ниже 4` are not.
  const namesProducts =
    tokens.some(({ text }) => /^товар/.test(text)) && !tokens.some(({ text }) => /^отзыв/.test(text));
  const about = (match: RegExpMatchArray, found: Finding): Finding => {
    const ofProduct = namesProducts || (/рейтинг/.test(match[0]) && !/звезд|балл/.test(match[0]));
    return ofProduct ? { ...found, implies: 'product' } : inReviews(found);
  };
  const label = String.raw`(?:(?:с |на )?(?:рейтинг\p{L}*|оценк\p{L}*|отзыв\p{L}* (?:с |на )?(?:оценк\p{L}* )?) )`;
  draft.find(`${label}?(${LESS}) ${STAR}(?: ${STARS})`, (m) =>
    about(m, rating(atMost(m[1]!, starOf(m[2]!)))),
  );
  draft.find(`${label}?(${MORE}) ${STAR}(?: ${STARS})`, (m) =>
    about(m, rating(atLeast(m[1]!, starOf(m[2]!)))),
  );
  draft.find(`${label}(${LESS}) ${STAR}(?! [\\d%])`, (m) => about(m, rating(atMost(m[1]!, starOf(m[2]!)))));
  draft.find(`${label}(${MORE}) ${STAR}(?! [\\d%])`, (m) => about(m, rating(atLeast(m[1]!, starOf(m[2]!)))));
  draft.find(`(?:${label}|на |с |в )?${STAR}(?: ${STARS})? и (ниже|меньше|хуже)`, (m) =>
    about(m, rating({ to: starOf(m[1]!) })),
  );
  draft.find(`(?:${label}|на |с |в )?${STAR}(?: ${STARS})? и (выше|больше|лучше)`, (m) =>
    about(m, rating({ from: starOf(m[1]!) })),
  );
  draft.find(`(?:на |с |в |по |от )?${STAR} (?:и|до|или|-|,) ${STAR} ${STARS}`, (m) => {
    const [one, other] = [starOf(m[1]!), starOf(m[2]!)];
    return inReviews(rating({ from: Math.min(one, other), to: Math.max(one, other) }));
  });
  draft.find(`(?:на |с |в |по )?${STAR} ${STARS}`, (m) => {
    const value = starOf(m[1]!);
    return inReviews(rating({ from: value, to: value }));
  });
  draft.find(`(?:ниже|меньше|хуже) ${MARK}`, (m) => inReviews(rating({ under: starOf(m[1]!) })));
  draft.find(`(?:на |с |с оценкой |по )?${MARK}`, (m) => {
    const value = STAR_NUMBERS.get(m[1]!);
    return value === undefined ? undefined : inReviews(rating({ from: value, to: value }));
  });
  draft.find(
    String.raw`(?:с |на )?(?:оценк\p{L}*|рейтинг\p{L}*) ([1-5](?: [.,] \d)?)(?! (?:тыс|к|руб|р|шт)\p{L}*)(?! \d)`,
    (m) => {
      const value = toNumber(m[1]!);
      return about(m, rating({ from: value, to: value }));
    },
  );
}

function readQuantities(draft: Draft): void {
  const inStocks = (range: NumberRange): Finding => ({ ...quantity(range), implies: 'stock' });
  draft.find(`от (\\d+) до (\\d+) ${PIECES}`, (m) => inStocks({ from: Number(m[1]), to: Number(m[2]) }));
  draft.find(`(${MORE}) (\\d+) ${PIECES}`, (m) => inStocks(atLeast(m[1]!, Number(m[2]))));
  draft.find(`(${LESS}) (\\d+) ${PIECES}`, (m) => inStocks(atMost(m[1]!, Number(m[2]))));
  draft.find(
    String.raw`последн\p{L}* (?:(?:1|одна|одну) )?${PIECES}|(?:по )?(?:одной|одна|одну) ${PIECES}`,
    () => inStocks({ from: 1, to: 1 }),
  );
  draft.find(`(?:по |всего |только )?(\\d{1,6}) ${PIECES}`, (m) =>
    inStocks({ from: Number(m[1]), to: Number(m[1]) }),
  );
  draft.find(
    String.raw`(?:где |чего |товар\p{L}* )?много(?= )(?=.*(?:лежит|склад|остат|запас|шт))`,
    () => 'nothing',
  );
}

function readAmounts(draft: Draft): void {
  const isMoney = (
    words: string,
    value: number,
    times: string | undefined,
    roubles: string | undefined,
  ): boolean =>
    times !== undefined || roubles !== undefined || CLEARLY_MONEY.test(words) || value >= LEAST_BARE_SUM;
  const before = String.raw`(?:на сумму |по цене |ценой |стоимостью |с ценой |за )?`;
  draft.find(`${before}(?:от|между|с) ${SUM} (?:до|и|по) ${SUM}${OTHER_UNIT}`, (m) => {
    const [times, roubles] = [m[5] ?? m[2], m[6] ?? m[3]];
    // `от 8 до 9 тысяч`: both are thousands.
    const [from, to] = [sum(m[1]!, m[2] ?? m[5]), sum(m[4]!, m[5])];
    return from <= to && isMoney(m[0], to, times, roubles) ? amount({ from, to }) : undefined;
  });
  draft.find(`${before}${SUM} - ${SUM}${OTHER_UNIT}`, (m) => {
    const [from, to] = [sum(m[1]!, m[2] ?? m[5]), sum(m[4]!, m[5])];
    return from <= to && (m[5] !== undefined || m[6] !== undefined) ? amount({ from, to }) : undefined;
  });
  draft.find(`${before}(${MORE}) ${SUM}${OTHER_UNIT}`, (m) => {
    const value = sum(m[2]!, m[3]);
    return isMoney(m[0], value, m[3], m[4]) ? amount(atLeast(m[1]!, value)) : undefined;
  });
  draft.find(`${before}(${LESS}) ${SUM}${OTHER_UNIT}`, (m) => {
    const value = sum(m[2]!, m[3]);
    return isMoney(m[0], value, m[3], m[4]) ? amount(atMost(m[1]!, value)) : undefined;
  });
  draft.find(`(?:за |по |на |на сумму |по цене )?${NUMBER}${TIMES} (?:руб|рублей|рубля|рубль|р|₽)`, (m) => {
    const value = sum(m[1]!, m[2]);
    return amount({ from: value, to: value });
  });
}
