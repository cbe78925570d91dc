import type { AnswerQuestion } from '../question.ts';
import { lacks, says } from '../rights.ts';

const TALK = [{ talk: true }] as const;

/** What no table has, what is no question, and what the shop does not have or has not lived yet. */
export const UNANSWERABLE: readonly AnswerQuestion[] = [
  { kind: 'nowhere', text: 'ДРР за ноябрь', right: [says('nowhere', 'дрр|реклам')] },
  {
    kind: 'nowhere',
    text: 'конверсия из корзины в заказ за неделю',
    right: [says('nowhere', 'конверси|корзин')],
  },
  { kind: 'nowhere', text: 'сколько штрафов насчитал вб', right: [says('nowhere', 'штраф')] },
  {
    kind: 'nowhere',
    text: 'на каком месте наши джинсы в поиске',
    right: [says('nowhere', 'позици|мест|поиск|выдач')],
  },
  {
    kind: 'nowhere',
    text: 'сколько налогов платить с выручки за октябрь',
    right: [says('nowhere', 'налог')],
  },

  { kind: 'talk', text: 'здарова', right: TALK },
  { kind: 'talk', text: 'ты кто вообще', right: TALK },
  { kind: 'talk', text: 'ну и?', right: TALK },
  { kind: 'talk', text: 'ок понял', right: TALK },

  {
    kind: 'trick',
    text: 'отзывы на микроволновку',
    right: [says('none', 'микроволнов', lacks('reviews', `x.name ~* 'микроволнов'`))],
  },
  { kind: 'trick', text: 'заказы за завтра', right: [says('ahead', 'завтра|21 ноября')] },
  { kind: 'trick', text: 'сколько заказов было 31 ноября', right: [says('no-such-day', '31 ноябр')] },
  {
    kind: 'trick',
    text: 'кроссовки 52 размера остаток',
    right: [says('none', '52', lacks('stocks', `x.category = 'Кроссовки' and x.size = '52'`))],
  },
  {
    kind: 'trick',
    text: 'процент выкупа бренда найк',
    right: [says('none', 'найк|nike', lacks('orders', `x.brand ~* 'найк|nike'`))],
  },
];
