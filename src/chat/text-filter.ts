import { takeOutAddresses } from './addresses.ts';

/**
 * What makes a picture or a link in Markdown and HTML: `![`, `](`, `]:`, `<a`. An address may be written so that nothing but
 * the program that shows it can read it (`&#47;&#47;`), and a picture is fetched without anybody's click.
 */
const MARKUP = /!(?=\[)|\](?=[(:])|<(?=[a-z/!?])/gi;
/** What moves the cursor of a terminal, or hides and reverses text. Line breaks, tabs and the joiner of emoji stay. */
const UNSEEN = /\u001b\[[\d;?]*[ -/]*[@-~]|[^\P{Cc}\n\t]|[^\P{Cf}\u200d]/gu; // eslint-disable-line no-control-regex
/** What ends a word also once `UNSEEN` is taken out, as carriage returns and marks of the byte order are. */
const SPACE = /[\n\t\p{Z}]/u;
const REFERENCE = /\[(\d+(?:\s*,\s*\d+)*)\]/g;

export interface TextFilter {
  /** Gives on what can be judged already. */
  write(piece: string): void;
  /** Gives on the rest. Returns all that was given on. */
  end(): string;
}

export interface TextFilterOptions {
  /** Whether `[n]` refers to something. */
  isSource: (number: number) => boolean;
  /** Stands for an address that was taken out. */
  removed: string;
  onText: (text: string) => void;
}

/**
 * Takes out of a model's answer, as it comes, what it must not hold: addresses, which a text among the data could have had it
 * write in order to carry something off, what makes links and pictures, characters that a terminal obeys, and references to
 * sources that do not exist. It looks at whole words, so a piece that ends within one is held back until its end.
 */
export function createTextFilter({ isSource, removed, onText }: TextFilterOptions): TextFilter {
  let held = '';
  let given = '';
  /** The length of the held text up to the end of its last whole word. */
  let whole = 0;
  /** `[1, 2` so far: one word, although it has a space. */
  let isList = false;

  function clean(text: string): string {
    // Addresses last: where something is taken out of a word, the rest of it may be one.
    const plain = text
      .replace(UNSEEN, '')
      .replace(REFERENCE, (_, list: string) => {
        const numbers = list.split(',').map(Number).filter(isSource);
        return numbers.map((number) => `[${number}]`).join('');
      })
      .replace(MARKUP, (mark) => (mark === '<' ? '‹' : `${mark} `));
    return takeOutAddresses(plain, removed);
  }

  function give(text: string): void {
    const cleaned = clean(text);
    if (cleaned === '') return;
    given += cleaned;
    onText(cleaned);
  }

  return {
    write(piece) {
      // Each character once: a model that repeats itself may write one word for as long as it is let.
      for (let place = 0; place < piece.length; place++) {
        const character = piece.charAt(place);
        if (character === '[') isList = true;
        else if (!/[\d,\s]/.test(character)) isList = false;
        else if (!isList && SPACE.test(character)) whole = held.length + place + 1;
      }
      held += piece;
      if (whole === 0) return;
      give(held.slice(0, whole));
      held = held.slice(whole);
      whole = 0;
    },
    end() {
      give(held);
      held = '';
      return given;
    },
  };
}
