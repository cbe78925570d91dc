import topLevelDomains from 'tlds' with { type: 'json' };
import { foldLetters } from './fold-letters.ts';

/**
 * Programs that show a text make links of bare words: of a host in a top-level domain that there is, of an address of a
 * machine, of a name behind `@`, and of what follows a scheme. Reserved domains are taken for real ones.
 */
const TOP_LEVEL = new Set<string>([
  ...topLevelDomains,
  ...['example', 'invalid', 'test', 'local', 'internal', 'lan', 'onion', 'i2p'],
]);
/** Top-level domains that begin sentences, and follow a full stop without a space: «Всё подошло.Дети довольны», «г.Москва». */
const WORDS_OF_SENTENCES = new Set(['дети', 'сайт', 'онлайн', 'москва', 'католик']);

/** What opens something without `//` behind it. */
const SCHEMES =
  'https?|ftps?|sftp|wss?|file|data|blob|about|javascript|vbscript|view-source|intent|mailto|tel|callto|sms|smsto|mms|' +
  'facetime(?:-audio)?|tg|ton|viber|whatsapp|skype|sips?|xmpp|vk|fb|slack|discord|zoommtg|msteams|market|itms(?:-apps)?|' +
  'android-app|geo|maps|magnet|bitcoin|ethereum|litecoin|ssh|git|ircs?|ldap|telnet|rtsp|webcal|ms-[a-z-]+|search-ms';

/** Where something begins that is opened whatever its host is. No scheme has 30 letters, so nothing is looked through twice. */
const OPENED = new RegExp(
  String.raw`(?<![\p{L}\p{N}_])(?:${SCHEMES}):(?=\S)|[a-z][a-z\d+.-]{0,30}:\/\/|(?<![^\s=:"&?#-])\/\/(?=[\p{L}\p{N}[])|` +
    String.raw`(?<![\p{L}\p{N}_])(?:www\.(?=[\p{L}\p{N}])|localhost[:/](?=\S))`,
  'u',
);
const OF_LABEL = String.raw`[\p{L}\p{N}\p{M}\p{So}\p{Sk}_-]`;
/** Only from the beginning of a label, or a long word would be looked through again from each of its letters. */
const HOST = new RegExp(String.raw`(?<!${OF_LABEL})${OF_LABEL}+(?:\.${OF_LABEL}+)+`, 'gu');
const IPV6 = /(?<![\p{L}\p{N}:.])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\p{L}\p{N}:])/gu;
/** What makes an address of a host whose top-level domain is not in the list: a path, a port or a query behind it. */
const PATH = /^(?:\/[\p{L}\p{N}?#_%~-]|:\d|\?[\p{L}\p{N}])/u;

/** Whose addresses may stand, as a whole: with a plain path and nothing that leads elsewhere, as `@` or a port would. */
const OWN =
  /^(?:(?:https?:)?\/\/)?(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)*(?:wildberries|wb)\.ru(?:[/?#][\p{L}\p{N}_\-./=?&%+#~:]*)?$/u;
/** `support@wildberries.ru` leads to nobody else either. */
const OWN_MAIL = /^[a-z\d._-]+@(?:wildberries|wb)\.ru$/;

/** Pieces that an address cannot go on beyond. */
const PIECES = /[^\s<>‹›()[\]{}«»"'`*|“”„]+/gu;
const PUNCTUATION_AT_END = /[.,:;!?…_–—-]+$/;

/** `text` with `removed` in place of addresses, handles and what has a scheme, but for those of Wildberries itself. */
export function takeOutAddresses(text: string, removed: string): string {
  return text.replace(PIECES, (piece) => {
    const folded = foldLetters(piece);
    const end = PUNCTUATION_AT_END.exec(folded)?.[0] ?? '';
    const cleaned = cleanedOf(folded.slice(0, folded.length - end.length), removed) + end;
    return cleaned === folded ? piece : cleaned;
  });
}

/** An address goes on to the end of the piece; one of Wildberries ends at a comma, behind which another may begin. */
function cleanedOf(piece: string, removed: string): string {
  let kept = '';
  for (let rest = piece; ;) {
    const start = startOfAddress(rest);
    if (start === undefined) return kept + rest;
    const [own = ''] = /^[^,!]*/.exec(rest.slice(start)) ?? [];
    if (!isOwn(own.toLowerCase())) return kept + rest.slice(0, start) + removed;
    const end = start + own.length + 1;
    kept += rest.slice(0, end);
    rest = rest.slice(end);
  }
}

const isOwn = (address: string): boolean => OWN.test(address) || OWN_MAIL.test(address);

/** Where the first address of a piece begins. */
function startOfAddress(piece: string): number | undefined {
  const lower = piece.toLowerCase();
  const starts = [OPENED.exec(lower)?.index, startOfHost(piece), startOfHandle(lower), startOfIpv6(lower)];
  const found = starts.filter((start) => start !== undefined);
  return found.length === 0 ? undefined : Math.min(...found);
}

function startOfHost(piece: string): number | undefined {
  for (const { 0: host, index } of piece.matchAll(HOST))
    if (isHost(host, piece.slice(index + host.length, index + host.length + 2)))
      return index + host.search(/[^-_]/);
  return undefined;
}

/** @param next what stands behind it */
function isHost(host: string, next: string): boolean {
  const written = host.split('.').map((label) => label.replace(/^[-_]+|[-_]+$/g, ''));
  const labels = written.map((label) => label.toLowerCase());
  if (labels.every((label) => /^\d+$/.test(label)))
    return labels.length === 4 && labels.every((label) => label.length <= 3 && Number(label) <= 255);
  // Any label but the first: behind the domain a sentence may go on without a space.
  for (let place = 1; place < labels.length; place += 1) {
    const [before, label] = [labels[place - 1]!, labels[place]!];
    if (label.startsWith('xn--')) return true;
    if (TOP_LEVEL.has(label) && !(!/^[/?:#]/.test(next) && isSentence(before, written[place]!))) return true;
    // «evil.comХорошо»: where letters of another script begin, some see the end of the word.
    const latin = /^[a-z]+(?=[^\0-\x7f])/.exec(label)?.[0];
    if (latin !== undefined && TOP_LEVEL.has(latin) && /^[\da-z-]+$/.test(before)) return true;
  }
  // A top-level domain may be newer than the list. Brands and articles («Dr.Martens») have capitals, or no path.
  return /^[a-z][a-z-]*[a-z]$/.test(labels.at(-1)!) && host === host.toLowerCase() && PATH.test(next);
}

function isSentence(before: string, word: string): boolean {
  if (!WORDS_OF_SENTENCES.has(word.toLowerCase()) || !/[а-яё]$/.test(before)) return false;
  return before === 'г' || /^\p{Lu}\p{Ll}+$/u.test(word);
}

/** `@name`, and a mail address with what stands before the `@`. */
function startOfHandle(piece: string): number | undefined {
  const handle = /@(?=[\p{L}_]|[\d.-]*\.\p{L})/u.exec(piece);
  if (handle === null) return undefined;
  const name = /[\p{L}\p{N}\p{M}._%+-]+$/u.exec(piece.slice(Math.max(0, handle.index - 64), handle.index));
  return handle.index - (name?.[0].length ?? 0);
}

/** Times («12:30:45») have two colons, and none beside another. */
function startOfIpv6(piece: string): number | undefined {
  for (const { 0: groups, index } of piece.matchAll(IPV6))
    if (/[\da-f]/.test(groups) && (groups.includes('::') || groups.split(':').length === 8)) return index;
  return undefined;
}
