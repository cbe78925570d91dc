/** Anything that a program which shows the answer could turn into a request to somebody's server. */
const ADDRESS = /(?:[a-z][a-z\d+.-]*:\/\/|\/\/|www\.|(?:data|javascript|mailto):)[^\s<>()[\]«»"'`]*/gi;
/** What moves the cursor of a terminal, or hides and reverses text. Line breaks, tabs and the joiner of emoji stay. */
const UNSEEN = /\u001b\[[\d;?]*[ -/]*[@-~]|[^\P{Cc}\n\t]|[^\P{Cf}\u200d]/gu; // eslint-disable-line no-control-regex
const REFERENCE = /\[(\d+(?:\s*,\s*\d+)*)\]/g;

/** Whose addresses may stand: the seller's own pages. */
const OWN_HOSTS = /^https?:\/\/(?:[a-z\d-]+\.)*(?:wildberries\.ru|wb\.ru)(?:[/?#]|$)/i;

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
 * write in order to carry something off, characters that a terminal obeys, and references to sources that do not exist. It looks at whole words, so a piece
 * that ends within one is held back until its end.
 */
export function createTextFilter({ isSource, removed, onText }: TextFilterOptions): TextFilter {
  let held = '';
  let given = '';

  function clean(text: string): string {
    return text
      .replace(UNSEEN, '')
      .replace(ADDRESS, (address) => (OWN_HOSTS.test(address) ? address : removed))
      .replace(REFERENCE, (_, list: string) => {
        const numbers = list.split(',').map(Number).filter(isSource);
        return numbers.map((number) => `[${number}]`).join('');
      });
  }

  function give(text: string): void {
    const cleaned = clean(text);
    if (cleaned === '') return;
    given += cleaned;
    onText(cleaned);
  }

  return {
    write(piece) {
      held += piece;
      // `[1, 2]` is one word although it has a space.
      const end = /^[^]*(?<!\[[\d,\s]*)\s/.exec(held)?.[0].length ?? 0;
      if (end === 0) return;
      give(held.slice(0, end));
      held = held.slice(end);
    },
    end() {
      give(held);
      held = '';
      return given;
    },
  };
}
