import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { variablesOfRealTime } from './inherited-variables.ts';

const PATHS = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Undefined: this machine has none that is known. */
const CHROMIUM = PATHS.find((path) => path !== undefined && path !== '' && existsSync(path));

/** For `skip` of a test. */
export const NO_BROWSER =
  CHROMIUM === undefined
    ? 'no Chromium here: install it (apt-get install chromium) or set CHROMIUM_PATH'
    : false;

export interface TestBrowser {
  readonly browser: Browser;
  readonly context: BrowserContext;
  /** What the pages complained of so far: errors of scripts, violations of their policy, requests that failed. */
  readonly complaints: readonly string[];
  /** Hosts that were asked for anything. */
  readonly hosts: ReadonlySet<string>;
  close(): Promise<void>;
}

/** A Chromium with a profile of its own that talks to nobody but the test. */
export async function startTestBrowser(httpCredentials?: {
  username: string;
  password: string;
}): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM!,
    env: variablesOfRealTime(),
    args: [
      // Its sandbox does not work as root, as CI runs.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
  const context = await browser.newContext(httpCredentials === undefined ? {} : { httpCredentials });
  const complaints: string[] = [];
  const hosts = new Set<string>();
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('request', (request) => hosts.add(new URL(request.url()).host));
  return { browser, context, complaints, hosts, close: () => browser.close() };
}
