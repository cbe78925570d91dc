import { createHash } from 'node:crypto';
import { DASHBOARD_PATH } from './dashboard.ts';

/** An empty style sheet, in the place of fonts that the dashboard would have every browser load from Google. */
export const NO_FONTS_PATH = `${DASHBOARD_PATH}/no-fonts.css`;

const FONTS_STYLE_SHEET = /https:\/\/fonts\.googleapis\.com\/css2[^"'`\s<>\\]*/g;
const FONTS_HOST = /https:\/\/fonts\.(?:googleapis|gstatic)\.com/g;
const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([^]*?)<\/script>/g;
const TEXTS = /^(?:text\/|application\/javascript)/;
const ASSETS_PATH = `${DASHBOARD_PATH}/assets/`;

/**
 * What the browser gets of an answer of the dashboard: `rewrite` changes its text, nothing points to other sites, pages say
 * which scripts they have and may not be framed, and nothing but the code is kept in a cache.
 */
export async function toPageAnswer(
  path: string,
  response: Response,
  rewrite: (text: string) => string = (text) => text,
): Promise<Response> {
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  headers.set(
    'cache-control',
    path.startsWith(ASSETS_PATH) && response.ok ? 'private, max-age=86400' : 'no-store',
  );
  const type = headers.get('content-type') ?? '';
  if (response.body === null || !TEXTS.test(type)) {
    return new Response(response.body, { status: response.status, headers });
  }
  const text = rewrite(await response.text())
    .replaceAll(FONTS_STYLE_SHEET, NO_FONTS_PATH)
    .replaceAll(FONTS_HOST, DASHBOARD_PATH);
  if (type.startsWith('text/html')) headers.set('content-security-policy', contentSecurityPolicyOf(text));
  return new Response(text, { status: response.status, headers });
}

/** Scripts in the page itself are allowed by their hashes; styles are not, because its components set them as they go. */
function contentSecurityPolicyOf(html: string): string {
  const hashes = new Set<string>();
  for (const [, script = ''] of html.matchAll(INLINE_SCRIPT))
    hashes.add(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    `default-src 'none'`,
    `script-src 'self' ${[...hashes].join(' ')}`.trim(),
    `style-src 'self' 'unsafe-inline'`,
    `img-src 'self' data:`,
    `connect-src 'self'`,
    `form-action 'self'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}
