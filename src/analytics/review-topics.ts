import { stemWord } from '../embedding/word-stems.ts';
import { fold } from './words.ts';

/**
 * What buyers complain of, in groups of words that say the same: who asks with one of them means the others, too. Each in the
 * forms that have different stems. Words that say much else besides (`цвет`, `мало`) are left out.
 */
const COMPLAINTS: readonly string[] = [
  'села сели садится усела усадка стирки постирала сжалась',
  'молния молнию замок замка бегунок бегунка собачка заедает разошлась фурнитура',
  'катышки катышках скатывается скаталась пиллинг',
  'просроченный просрочен просрочка годности',
  'мятая мятой мятый помятая упаковка коробка коробке рваная рваной',
  'оттенок картинке картинка фото экране',
  'натирает натирают натерла натер стерла стер трут трет мозоли пятки пятку',
  'просвечивает просвечивают прозрачная просвет',
  'воняет вонь запах пахнет химический химией химия выветривается',
  'доставка доставку везли переносят перенесли опоздала задержка ждала',
  'маломерит маломерка тесно тесные узкие жмут жмет маленький маленькая',
  'большемерит велик велики великоват широкие',
  'сломалась сломался сломана разбилась треснула трещина отвалилась отломалась брак бракованный дефект',
  'порвалась порвались рвется дырка дыра шов швы нитки торчат разошелся',
  'отклеилась отклеивается подошва клея',
  'линяет полиняла выцвела красится',
  'материал ткань колется дышит синтетика жесткая жесткий',
  'недокомплект недостача',
  'перепутали чужой другой',
  'грязный грязная пятна пятно испачкана',
  'зарядка батарея аккумулятор разряжается',
  'звук басы шумодав микрофон хрипит',
  'аллергия раздражение сыпь щиплет чешется',
  'пригорает прилипает царапается нагар',
];
const PRAISE: readonly string[] = ['подарок подарили подарила подарка'];

const topics = [...COMPLAINTS, ...PRAISE].map((line) => line.split(' ').map(fold));
const byStem = new Map<string, Set<number>>();
topics.forEach((words, topic) => {
  for (const word of words) {
    const stem = stemWord(word);
    byStem.set(stem, (byStem.get(stem) ?? new Set()).add(topic));
  }
});

export interface Topic {
  /** Words that say the same, in as many forms as they have stems. */
  related: string[];
  /** Who names it means buyers who are not content. */
  isComplaint: boolean;
}

/** What a word of a review is about; undefined when it is none of these things. */
export function topicOf(word: string): Topic | undefined {
  const own = stemWord(word);
  const found = [...(byStem.get(own) ?? [])];
  if (found.length === 0) return undefined;
  // One word a stem is enough for full text, for which `бегунок` and `бегунка` are two.
  const related = new Map<string, string>();
  for (const other of found.flatMap((topic) => topics[topic]!)) {
    if (stemWord(other) !== own) related.set(`${stemWord(other)}${/[ое]к$/.test(other) ? 'ок' : ''}`, other);
  }
  return {
    related: [...related.values()],
    isComplaint: found.every((topic) => topic < COMPLAINTS.length),
  };
}
