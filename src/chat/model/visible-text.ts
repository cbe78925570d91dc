const OPENING = '<think>';
const CLOSING = '</think>';

/**
 * What a reader may see of a model's text, piece by piece. Models that reason and run on servers that do not know it
 * begin with `<think>…</think>`; that, and white space at the start, is left out.
 *
 * @returns a function that takes the next piece and gives the part of it to show, which may be empty
 */
export function createVisibleText(): { add: (piece: string) => string; end: () => string } {
  let held = '';
  let state: 'start' | 'thinking' | 'text' = 'start';

  return {
    add(piece) {
      if (state === 'text') return piece;
      held += piece;
      if (state === 'start') {
        held = held.trimStart();
        if (held.startsWith(OPENING)) state = 'thinking';
        // Not enough to tell yet.
        else if (OPENING.startsWith(held)) return '';
        else {
          state = 'text';
          return held;
        }
      }
      const end = held.indexOf(CLOSING);
      if (end < 0) return '';
      held = held.slice(end + CLOSING.length);
      state = 'start';
      return this.add('');
    },
    /** What was held back for what might have followed. */
    end() {
      return state === 'start' ? held : '';
    },
  };
}
