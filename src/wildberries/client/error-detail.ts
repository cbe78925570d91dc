import { cleanText } from './schemas/read-text.ts';

/** What an answer of Wildberries says about itself, whichever of its services it came from. */
export interface ErrorDetail {
  /** In Wildberries' words; '' when it said nothing. */
  detail: string;
  /** For their support. */
  requestId: string | undefined;
}

const MAX_DETAIL_LENGTH = 500;

/**
 * Finds the explanation in the body of an error. The gateway sends problem+json (`title`, `detail`), Statistics
 * `errors` as a list or a text, Content, Prices and Feedbacks `errorText` and sometimes `additionalErrors`, and whatever
 * stands before them plain text or a page of HTML.
 */
export function readErrorDetail(body: string): ErrorDetail {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { detail: shorten(withoutTags(body)), requestId: undefined };
  }
  if (typeof json === 'string') return { detail: shorten(json), requestId: undefined };
  if (typeof json !== 'object' || json === null) return { detail: '', requestId: undefined };
  const fields = json as Record<string, unknown>;
  const found = [fields['detail'], fields['errorText'], fields['errors'], fields['message'], fields['title']]
    .map(toText)
    .find((text) => text !== '');
  const more = toText(fields['additionalErrors']);
  const detail = [found ?? '', more === found ? '' : more].filter((text) => text !== '').join('; ');
  const requestId = fields['requestId'];
  return {
    detail: shorten(detail),
    requestId: typeof requestId === 'string' && requestId !== '' ? requestId.slice(0, 100) : undefined,
  };
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(toText).filter(Boolean).join('; ');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => `${key}: ${toText(inner)}`)
    .join('; ');
}

/** The title of an HTML page says more than its markup. */
function withoutTags(body: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body)?.[1];
  return title ?? body.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
}

function shorten(text: string): string {
  const line = cleanText(text).replace(/\s+/g, ' ').trim();
  return line.length <= MAX_DETAIL_LENGTH ? line : `${line.slice(0, MAX_DETAIL_LENGTH)}…`;
}
