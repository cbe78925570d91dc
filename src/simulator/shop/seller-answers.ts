import type { Random } from './random.ts';

/** A seller answers with a greeting, what fits the rating, and a goodbye. */
const HAPPY = [
  'Спасибо за отзыв и высокую оценку! Рады, что вам понравилось.',
  'Благодарим за тёплые слова, передадим их нашей команде.',
  'Нам очень приятно! Носите и пользуйтесь с удовольствием.',
  'Спасибо, что нашли время написать. Ждём вас снова!',
  'Ваш отзыв поможет другим покупателям с выбором, спасибо!',
];
/** Where the buyer only gave stars. */
const RATED = [
  'Спасибо за высокую оценку!',
  'Благодарим за оценку и за выбор нашего бренда.',
  'Спасибо за пять минут вашего времени, нам важна каждая оценка.',
];
const MIXED = [
  'Спасибо за честный отзыв. Передали замечания технологу, постараемся стать лучше.',
  'Благодарим за обратную связь! Учтём ваши пожелания в следующей партии.',
  'Жаль, что товар понравился не во всём. Мы уже работаем над тем, о чём вы пишете.',
];
const SORRY = [
  'Нам очень жаль, что так получилось. Похоже на производственный брак: оформите, пожалуйста, заявку на возврат через раздел «Проверка товара».',
  'Приносим извинения за неудобства! Мы проверим всю партию. Деньги можно вернуть через личный кабинет.',
  'Сожалеем, что вы остались недовольны. Напишите нам в чат с продавцом, и мы обязательно поможем.',
  'Извините нас за этот случай. Такое качество для нас недопустимо, мы уже разбираемся с производством.',
];
const SIZE = [
  'Подсказка на будущее: перед заказом сверьтесь, пожалуйста, с таблицей размеров в карточке.',
  'Замечание о размере передали: добавим подсказку в карточку.',
];

interface Answered {
  rating: number;
  userName: string;
  brand: string;
  wrongSize: boolean;
  isSilent: boolean;
}

function phrasesFor({ rating, isSilent }: Answered): readonly string[] {
  if (rating >= 4) return isSilent ? RATED : HAPPY;
  return rating === 3 ? MIXED : SORRY;
}

export function writeAnswer(review: Answered, random: Random): string {
  const greeting = random.pick([
    'Здравствуйте!',
    'Добрый день!',
    `Здравствуйте, ${review.userName}!`,
    `${review.userName}, добрый день!`,
  ]);
  const parts = [greeting, random.pick(phrasesFor(review))];
  if (review.wrongSize) parts.push(random.pick(SIZE));
  if (random.chance(0.7)) {
    parts.push(
      random.pick([
        `С уважением, команда «${review.brand}».`,
        `Ваш бренд «${review.brand}».`,
        'Хорошего дня!',
        'С уважением, представитель бренда.',
      ]),
    );
  }
  return parts.join(' ');
}
