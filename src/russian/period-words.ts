import { isOneSlipAway } from './typos.ts';
import type { Token } from './words.ts';

/**
 * The words that periods are made of, as `code: forms`. `periods.ts` puts rules together from the codes:
 * `#m1` to `#m12` months, `#w1` to `#w7` days of the week, `#s1` to `#s4` seasons from winter on, units of time, `last`, `prev`,
 * `this`, parts (`begin`, `mid`, `fin`, `half`), and numbers.
 */
const FORMS = `
#m1: январь января январе январю январем янв
#m2: февраль февраля феврале февралю февралем фев февр
#m3: март марта марте марту мартом
#m4: апрель апреля апреле апрелю апрелем апр
#m5: май мая мае маю маем
#m6: июнь июня июне июню июнем
#m7: июль июля июле июлю июлем
#m8: август августа августе августу августом авг
#m9: сентябрь сентября сентябре сентябрю сентябрем сен сент
#m10: октябрь октября октябре октябрю октябрем окт
#m11: ноябрь ноября ноябре ноябрю ноябрем ноя нояб
#m12: декабрь декабря декабре декабрю декабрем дек
#w1: понедельник понедельника понедельнику понедельником пн
#w2: вторник вторника вторнику вторником вт
#w3: среда среду среды средой ср
#w4: четверг четверга четвергу четвергом чт
#w5: пятница пятницу пятницы пятницей пятнице пт
#w6: суббота субботу субботы субботой субботе сб
#w7: воскресенье воскресенья воскресенью воскресеньем вс
#s1: зима зимы зиму зимой зимою
#s2: весна весны весну весной весною
#s3: лето лета летом
#s4: осень осени осенью
today: сегодня сегодняшний сегодняшняя сегодняшнее сегодняшние сегодняшних сегодняшнего сегодняшней сегодняшнюю сегодняшним сегодняшнему
yesterday: вчера вчерашний вчерашняя вчерашнее вчерашние вчерашних вчерашнего вчерашней вчерашнюю вчерашним вчерашнему
twodays: позавчера позавчерашний позавчерашняя позавчерашнее позавчерашние позавчерашних позавчерашнего позавчерашней позавчерашнюю
recent: днях
day: день дня дней дню днем дн
hours: сутки суток
hour: час часа часов
week: неделя недели неделю неделей недель нед недельку недельки неделька недельный
inweek: неделе
month: месяц месяца месяцев месяце месяцу месяцем мес месячный месяцы
quarter: квартал квартала кварталов квартале кварталу кварталом кв
year: год года году годом лет
halfyear: полгода полугодие полугодия
halfmonth: полмесяца
weekend: выходные выходных выходным
decade: декада декады декаде декаду
last: последний последняя последнее последние последних последнего последней последнюю последнем последним крайний крайние крайнюю крайних посл послед
first: первые первых
prev: прошлый прошлая прошлое прошлые прошлых прошлого прошлой прошлую прошлом прошлым прошлою предыдущий предыдущая предыдущее предыдущие предыдущих предыдущего предыдущей предыдущую предыдущем предыдущим прошедший прошедшая прошедшую прошедшей прошедшие прошедших прошедшего прошл минувший минувшую минувшей минувшие минувших минувшего пред пр
twiceprev: позапрошлый позапрошлая позапрошлую позапрошлой позапрошлом позапрошлого
this: этот эта это эту эти этом этой этих этого этим текущий текущая текущую текущей текущем текущие текущих текущего нынешний нынешней нынешнем нынешнего
all: весь всю все всего целый целую целые полный полную
ago: назад
begin: начало начала начале началу
mid: середина середине середину середины
fin: конец конце конца концу
half: половина половине половину половины
number: число числа числу числе
next: следующий следующая следующую следующей следующем следующие следующих следующего будущий будущая будущую будущей будущем
after: после
from: с со c начиная
1: один одна одну одного первый первая первую первое первой первом
2: два две двух пара пару второй вторая вторую второе втором
3: три трех третий третья третью третьей третьем
4: четыре четырех четвертый четвертая четвертую четвертом
5: пять пяти
6: шесть шести
7: семь семи
8: восемь
9: девять
10: десять десяти
12: двенадцать
14: четырнадцать
15: пятнадцать
20: двадцать
30: тридцать
`;

const codes = new Map<string, string>();
for (const line of FORMS.trim().split('\n')) {
  const [code, forms] = line.split(': ');
  for (const form of forms!.split(' ')) codes.set(form, code!);
}

/** Days of a month as words: "первого ноября", "с пятого по десятое". */
const ORDINALS = [
  ...['перв', 'втор', 'треть', 'четверт', 'пят', 'шест', 'седьм', 'восьм', 'девят', 'десят', 'одиннадцат'],
  ...['двенадцат', 'тринадцат', 'четырнадцат', 'пятнадцат', 'шестнадцат', 'семнадцат', 'восемнадцат'],
  ...['девятнадцат', 'двадцат'],
];
ORDINALS.forEach((stem, index) => {
  for (const ending of stem === 'треть' ? ['его', 'е'] : ['ого', 'ое'])
    codes.set(`${stem}${ending}`, `${index + 1}d`);
});
codes.set('тридцатого', '30d').set('тридцатое', '30d');

/** Codes whose longer forms are recognised with one slip of the finger. The others are too near to other words. */
const FORGIVEN = /^(?:#m\d+|#w\d|today|yesterday|twodays|week|inweek|month|quarter|prev|last|weekend)$/;
const FORGIVEN_LENGTH = 5;
/** Words of their own, one slip away from a form. */
const OTHER_WORDS = new Set('вечера модели недолго пятнами неделям неделями месяцам кварталам'.split(' '));

/** Forms of months and days of the week that are words or parts of names, too. */
const DOUBTFUL =
  /^(?:янв|февр?|март\p{L}*|апр|ма[йюея]м?|авг|сент?|окт|нояб?|дек|пн|вт|ср|чт|пт|сб|вс|сред[аыуе]|средой)$/u;

const forgiven = [...codes].filter(([form, code]) => form.length >= FORGIVEN_LENGTH && FORGIVEN.test(code));

function codeOf(word: string): string | undefined {
  const exact = codes.get(word);
  if (exact !== undefined || word.length < FORGIVEN_LENGTH || OTHER_WORDS.has(word)) return exact;
  return forgiven.find(([form]) => isOneSlipAway(word, form))?.[1];
}

/** `сравни октябрь с ноябрём`, `с прошлым месяцем`: this `с` joins, it does not begin anything. */
const INSTRUMENTAL =
  /^(?:\p{L}+(?:брем|варем|вралем|релем|юнем|юлем)|мартом|августом|ма[ею]м|неделей|месяцем|кварталом|годом|днем|летом|зимой|весной|осенью)$/u;
/** Abbreviations, behind which a full stop ends no sentence. */
const ABBREVIATION =
  /^(?:посл|послед|пр|пред|прошл|нед|мес|дн|кв|янв|февр?|апр|авг|сент?|окт|нояб?|дек|пн|вт|ср|чт|пт|сб|вс)$/;

/**
 * Words of periods replaced by their codes, others as they are. Short forms that may be something else (`май`, `ср`, `сб`) stay
 * recognisable: their code ends in `?`, and only rules with a preposition or a number take them.
 */
export function encodePeriodWords(given: readonly Token[]): Token[] {
  const tokens = given.filter(
    ({ text }, place) => text !== '.' || !ABBREVIATION.test(given[place - 1]?.text ?? ''),
  );
  return tokens.map((token, place) => {
    const day = /^(\d{1,2})-?(?:го|ое|е|му|й)$/.exec(token.text);
    if (day !== null) return { ...token, text: `${Number(day[1])}d` };
    const code = codeOf(token.text);
    if (code === undefined) return token;
    if (code === 'from') {
      const next = tokens.slice(place + 1, place + 3);
      return next.some(({ text }) => INSTRUMENTAL.test(text))
        ? { ...token, text: 'with' }
        : { ...token, text: code };
    }
    return { ...token, text: DOUBTFUL.test(token.text) ? `${code}?` : code };
  });
}
