/**
 * Words that say little about what a text is about. They are weakened, not dropped, so that a text made only of
 * them still has a vector of its own.
 */
const STOP_WORDS = `
и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня
еще нет о из ему теперь когда даже ну вдруг ли если уже или ни быть был него до вас нибудь опять уж вам ведь там
потом себя ничего ей может они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже
себе под будет ж тогда кто этот того потому этого какой какая какое какие каких каким совсем ним здесь этом один
почти мой тем чтобы нее были куда зачем сколько всех никогда можно при об другой хоть после над больше тот через
эти нас про всего них много разве эту моя свою этой перед иногда лучше чуть том такой им более всегда конечно
всю между это мои моих мой наш наша наши у очень
покажи показать найди найти дай скажи расскажи выведи перечисли нужно хочу пожалуйста список информация данные
a an the and or but if of at by for with about to from in on is are was were be been it its this that these those
i you he she we they my your our what which who whom how many much do does did has have had not no so than too
very can will just show find list give tell me please all any
`;

const stopWords = new Set(STOP_WORDS.split(/\s+/).filter((word) => word !== ''));

/** `word` is lower-case with `е` for `ё`. */
export function isStopWord(word: string): boolean {
  return stopWords.has(word);
}
