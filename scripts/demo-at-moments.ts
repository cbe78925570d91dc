import { parseArgs } from 'node:util';
import { createRandom } from '../src/simulator/shop/random.ts';
import { describeMoment, hasFaketime, NO_FAKETIME, runShifted } from './shifted-clock.ts';

// `npm run demo:clocks -- '2026-12-05 12:00:00' --random 3`: the demo at these moments (UTC), and at so many of the next two
// years that are drawn. It says which, so that a red run can be repeated: with the moment, or with the seed on the same day.

const DAY_MS = 24 * 60 * 60 * 1000;
const SPAN_MS = 2 * 365 * DAY_MS;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { random: { type: 'string', default: '0' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
const moments = [...positionals.map(readMoment), ...drawMoments(Number(values.random), seed)];

if (moments.length === 0) fail('Which moments? For instance: npm run demo:clocks -- --random 20');
if (!hasFaketime()) fail(NO_FAKETIME);

let failures = 0;
if (Number(values.random) > 0) console.log(`The demo at moments drawn with --seed ${seed}`);
for (const moment of moments) {
  const { passed, output, seconds } = await runShifted(moment, ['bin/wb-assist.js', 'demo']);
  console.log(`${describeMoment(moment)}  ${passed ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`);
  if (passed) continue;
  failures += 1;
  console.log(output);
  console.log(`Again: npm run demo:clocks -- '${describeMoment(moment)}'\n`);
}
console.log(`${moments.length - failures} of ${moments.length} passed`);
process.exitCode = failures === 0 ? 0 : 1;

function readMoment(text: string): Date {
  const moment = new Date(`${text.replace(/ UTC$/, '').replace(' ', 'T')}Z`);
  return Number.isNaN(moment.getTime())
    ? fail(`"${text}" is no moment: it should look like 2026-12-05 12:00:00, and is UTC`)
    : moment;
}

function drawMoments(count: number, seedText: string): Date[] {
  const random = createRandom('moments', seedText);
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return Array.from({ length: count }, () => new Date(today + Math.floor(random.next() * SPAN_MS)));
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
