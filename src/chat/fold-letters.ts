const NAMED = new Map([
  ['period', '.'],
  ['sol', '/'],
  ['bsol', '/'],
  ['colon', ':'],
  ['commat', '@'],
  ['quest', '?'],
]);

const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(period|sol|bsol|colon|commat|quest));?/gi;
/** Percent signs hide dots, slashes, colons and at signs from those who look, and not from those who follow. */
const ENCODED = /%(?:2e|2f|3a|40|5c)/gi;
/**
 * A word as whoever follows it as an address reads it: without characters that are not seen, wide and other forms of letters
 * as the plain ones, dots and slashes as such however they are written. A plain word stays the very same.
 */
export function foldLetters(word: string): string {
  if (/^[\w./:?#@=+~-]*$/.test(word)) return word;
  return (
    word
      .replace(ENTITY, (entity, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return NAMED.get(name.toLowerCase())!;
        const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal);
        return code > 0x20 && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
      })
      .replace(ENCODED, (encoded) => decodeURIComponent(encoded))
      .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
      .normalize('NFKC')
      // What browsers take for a full stop in a host, and what looks like a slash or a colon.
      .replace(/[。｡]/g, '.')
      .replace(/[⁄∕⧸\\]/g, '/')
      .replace(/[∶꞉]/g, ':')
  );
}
