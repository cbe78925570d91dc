import { stemWord } from '../russian/word-stems.ts';
import { fold } from './words.ts';

export interface ReviewTopic {
  /** Russian, as a heading of what is said of it. */
  label: string;
  /** `neutral`: the words name the thing, and what else is said tells whether it is good. */
  tone: 'bad' | 'neutral' | 'good';
  /** In the forms that have different stems. */
  words: string;
}

/**
 * What buyers complain of, in groups of words that say the same: who asks with one of them means the others, too. Each in the
 * forms that have different stems. Words that say much else besides (`цвет`, `мало`) are left out.
 */
const COMPLAINTS: readonly ReviewTopic[] = [
  {
    label: 'Усадка и стирка',
    tone: 'neutral',
    words: 'села сели садится усела усадка стирки постирала сжалась',
  },
  {
    label: 'Молния и фурнитура',
    tone: 'neutral',
    words: 'молния молнию замок замка бегунок бегунка собачка заедает разошлась фурнитура',
  },
  {
    label: 'Катышки',
    tone: 'bad',
    words: 'катышки катышках скатывается скаталась пиллинг',
  },
  {
    label: 'Срок годности',
    tone: 'neutral',
    words: 'просроченный просрочен просрочка годности',
  },
  {
    label: 'Упаковка',
    tone: 'neutral',
    words: 'мятая мятой мятый помятая упаковка коробка коробке рваная рваной',
  },
  {
    label: 'Цвет и сходство с фото',
    tone: 'neutral',
    words: 'оттенок картинке картинка фото экране',
  },
  {
    label: 'Натирает',
    tone: 'bad',
    words: 'натирает натирают натерла натер стерла стер трут трет мозоли пятки пятку',
  },
  {
    label: 'Просвечивает',
    tone: 'bad',
    words: 'просвечивает просвечивают прозрачная просвет',
  },
  {
    label: 'Запах',
    tone: 'neutral',
    words: 'воняет вонь запах пахнет химический химией химия выветривается',
  },
  {
    label: 'Доставка',
    tone: 'neutral',
    words: 'доставка доставку везли переносят перенесли опоздала задержка ждала',
  },
  {
    label: 'Маломерит',
    tone: 'bad',
    words: 'маломерит маломерка тесно тесные узкие жмут жмет маленький маленькая',
  },
  {
    label: 'Большемерит',
    tone: 'bad',
    words: 'большемерит велик велики великоват широкие',
  },
  {
    label: 'Брак и поломка',
    tone: 'bad',
    words:
      'сломалась сломался сломана разбилась треснула трещина отвалилась отломалась брак бракованный дефект',
  },
  {
    label: 'Швы и нитки',
    tone: 'neutral',
    words: 'порвалась порвались рвется дырка дыра шов швы нитки торчат разошелся',
  },
  {
    label: 'Подошва и клей',
    tone: 'neutral',
    words: 'отклеилась отклеивается подошва клея',
  },
  {
    label: 'Линяет',
    tone: 'bad',
    words: 'линяет полиняла выцвела красится',
  },
  {
    label: 'Материал',
    tone: 'neutral',
    words: 'материал ткань колется дышит синтетика жесткая жесткий',
  },
  {
    label: 'Комплектность',
    tone: 'bad',
    words: 'недокомплект недостача',
  },
  {
    label: 'Прислали не то',
    tone: 'bad',
    words: 'перепутали чужой другой',
  },
  {
    label: 'Пятна и грязь',
    tone: 'bad',
    words: 'грязный грязная пятна пятно испачкана',
  },
  {
    label: 'Батарея и зарядка',
    tone: 'neutral',
    words: 'зарядка батарея аккумулятор разряжается',
  },
  {
    label: 'Звук',
    tone: 'neutral',
    words: 'звук басы шумодав микрофон хрипит',
  },
  {
    label: 'Аллергия и раздражение',
    tone: 'bad',
    words: 'аллергия раздражение сыпь щиплет чешется',
  },
  {
    label: 'Пригорает и царапается',
    tone: 'bad',
    words: 'пригорает прилипает царапается нагар',
  },
];
const PRAISE: readonly ReviewTopic[] = [
  { label: 'Подарок', tone: 'good', words: 'подарок подарили подарила подарка' },
];
/** Told apart in what was written, but too common in it to look for one by the other. */
const COMMON: readonly ReviewTopic[] = [
  { label: 'Качество', tone: 'neutral', words: 'качество качественный качественно качественная' },
  { label: 'Внешний вид', tone: 'good', words: 'красивый красивая красиво стильный стильно смотрится' },
  { label: 'Удобство', tone: 'good', words: 'удобный удобная удобно удобные комфортно комфортный' },
  { label: 'Мягкость', tone: 'good', words: 'мягкий мягкая мягкое мягкие приятный приятная нежный' },
  { label: 'Тепло', tone: 'good', words: 'теплый теплая тепло теплые греет' },
  { label: 'Цена', tone: 'neutral', words: 'цена цену цене цены недорого' },
  { label: 'Посадка', tone: 'good', words: 'подошел подошла подошло подошли сидит идеально' },
];

/** What reviews are told apart by. */
export const REVIEW_TOPICS: readonly ReviewTopic[] = [...COMPLAINTS, ...PRAISE, ...COMMON];

const topics = [...COMPLAINTS, ...PRAISE].map(({ words }) => words.split(' ').map(fold));
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
