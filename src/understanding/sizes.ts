import type { Draft } from './draft.ts';
import type { Finding } from './mention.ts';
import type { Vocabulary } from './vocabulary.ts';

const ALPHA_SIZE = /^(?:[2-6]?x{0,3}[sml]|x{1,4}l|one size)$/;
/** Sizes written with Cyrillic letters that look the same. */
const LOOK_ALIKE: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    с: 's',
    м: 'm',
    л: 'l',
    хл: 'xl',
    ххл: 'xxl',
    хс: 'xs',
    хххл: 'xxxl',
  }),
);
const SIZE_LABEL = String.raw`(?:размер\p{L}*|р - р|разм|рр)`;

/** Sizes that the cabinet has: behind `размер`, in letters, or as a number beside a product. */
export function readSizes(draft: Draft, vocabulary: Vocabulary, namesProduct: boolean): void {
  const sizeOf = (text: string): string | undefined => {
    const written = text.replaceAll(' ', '');
    return vocabulary.sizes.get(LOOK_ALIKE.get(written) ?? written);
  };
  const size = (value: string | undefined): Finding | undefined =>
    value === undefined ? undefined : { kind: 'size', value, filters: { sizes: [value] } };
  const one = String.raw`((?:\d{1,3}|[\p{L}]{1,4})(?: ?[-.,/] ?\d{1,3}| [a-zа-я]{1,3})?|[\p{L}\d]{1,4})`;
  draft.find(
    String.raw`(?:в |на )?${SIZE_LABEL} ${one}`,
    (match) => size(sizeOf(match[1]!)) ?? size(sizeOf(match[1]!.split(' ')[0]!)),
  );
  draft.find(
    String.raw`(?:в |на )?${one} ${SIZE_LABEL}`,
    (match) => size(sizeOf(match[1]!)) ?? size(sizeOf(match[1]!.split(' ').at(-1)!)),
  );
  draft.find(String.raw`(\d{1,3} - \d{1,3})|(\d ?[xх]{1,3}[lл])`, (match) => size(sizeOf(match[0])));
  draft.find(String.raw`(?:в )?([a-z]{1,4}|[хслм]{2,4})`, (match) => {
    const value = sizeOf(match[1]!);
    return value !== undefined && ALPHA_SIZE.test(LOOK_ALIKE.get(match[1]!) ?? match[1]!)
      ? size(value)
      : undefined;
  });
  if (!namesProduct) return;
  draft.find('([мл])', (match) => size(sizeOf(match[1]!)));
  draft.find(String.raw`(?:в )?(\d{2,3})(?: р)?(?! (?:шт|руб|₽|%|дн|тыс|к|см|мл|л)\p{L}*)`, (match) =>
    size(sizeOf(match[1]!)),
  );
}
