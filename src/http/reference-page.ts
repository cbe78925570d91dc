import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What the reference page loads, under /docs/, and nothing else of the package. */
const SWAGGER_UI_FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>wb-assist HTTP API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

// Without a validator of Swagger's on the internet, and without keeping keys in the browser.
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** Only from this server; the pictures of the style sheet are data: URLs. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface PageFile {
  body: Uint8Array<ArrayBuffer>;
  type: string;
  /** Names this content, in quotes. */
  etag: string;
}

export function toPageFile(content: string | Uint8Array, type: string): PageFile {
  const body = Uint8Array.from(typeof content === 'string' ? Buffer.from(content) : content);
  return { body, type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

export const REFERENCE_PAGE = toPageFile(PAGE, 'text/html; charset=utf-8');

export const PAGE_FILE_NAMES = ['start.js', ...Object.keys(SWAGGER_UI_FILES)];

const files = new Map([['start.js', Promise.resolve(toPageFile(START, 'text/javascript; charset=utf-8'))]]);

/** A file of the page, read once and kept; undefined: it has no such file. */
export function readPageFile(name: string): Promise<PageFile> | undefined {
  if (!files.has(name) && Object.hasOwn(SWAGGER_UI_FILES, name)) {
    const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));
    const type = SWAGGER_UI_FILES[name as keyof typeof SWAGGER_UI_FILES];
    const file = readFile(path).then((content) => toPageFile(content, type));
    file.catch(() => files.delete(name));
    files.set(name, file);
  }
  return files.get(name);
}
