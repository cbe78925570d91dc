const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const CYRILLIC = 'йцукенгшщзхъфывапролджэячсмитьбюё';
const KEYS = new Map(Array.from(LATIN).map((key, place) => [key, CYRILLIC[place]!]));

/** What would have been typed on a Russian keyboard; as long as the given text. `jcnfnrb` → `остатки`. */
export function fromLatinKeyboard(text: string): string {
  return Array.from(text)
    .map((key) => KEYS.get(key.toLowerCase()) ?? key)
    .join('');
}

const SOUNDS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    ...{
      shch: 'щ',
      sch: 'щ',
      yo: 'е',
      jo: 'е',
      zh: 'ж',
      kh: 'х',
      ts: 'ц',
      ch: 'ч',
      sh: 'ш',
      yu: 'ю',
      ju: 'ю',
    },
    ...{
      ya: 'я',
      ja: 'я',
      a: 'а',
      b: 'б',
      v: 'в',
      w: 'в',
      g: 'г',
      d: 'д',
      e: 'е',
      z: 'з',
      i: 'и',
      j: 'й',
      k: 'к',
    },
    ...{
      l: 'л',
      m: 'м',
      n: 'н',
      o: 'о',
      p: 'п',
      r: 'р',
      s: 'с',
      t: 'т',
      u: 'у',
      f: 'ф',
      h: 'х',
      c: 'ц',
      y: 'ы',
    },
    ...{ x: 'кс', q: 'к' },
  }),
);
const SOUND = new RegExp([...SOUNDS.keys()].join('|'), 'g');

/** A word that was written in Latin letters for want of others: `otzyvy` → `отзывы`. Lower-case. */
export function fromTransliteration(word: string): string {
  return word.replace(SOUND, (sound) => SOUNDS.get(sound)!);
}
