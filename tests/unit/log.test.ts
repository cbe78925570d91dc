import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { createLog, silentLog, type Log, type LogOptions } from '../../src/log.ts';

const SECRET = 'wb-secret-key-42';

/** What a log writes when `say` uses it. */
function written(say: (log: Log) => void, format: LogOptions['format'] = 'json'): string {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  say(createLog({ level: 'info', format, destination }));
  return lines.join('');
}

describe('the log', () => {
  it('writes the message and its data beside it, an object a line', () => {
    const line = JSON.parse(
      written((log) => log.info({ cabinetId: 1 }, 'Saved 150 records to vector DB')),
    ) as object;
    assert.partialDeepStrictEqual(line, {
      level: 'info',
      cabinetId: 1,
      msg: 'Saved 150 records to vector DB',
    });
    assert.match((line as { time: string }).time, /^\d{4}-\d\d-\d\dT/);
  });

  for (const format of ['json', 'pretty'] as const) {
    it(`never writes a secret, at the top or inside of something (${format})`, () => {
      for (const field of [
        'api_key',
        'apiKey',
        'authorization',
        'Authorization',
        'password',
        'API_SECRET_KEY',
        'OPENAI_API_KEY',
        'WB_TOKEN_KEY',
      ]) {
        for (const data of [
          { [field]: SECRET },
          { cabinet: { [field]: SECRET } },
          { cabinets: [{ [field]: SECRET }] },
          { request: { headers: { [field]: SECRET } } },
          { err: new AppError('internal', 'failed', { details: { [field]: SECRET } }) },
        ]) {
          const text = written((log) => log.info(data, 'looking at it'), format);
          assert.ok(text.includes('looking at it'));
          assert.ok(!text.includes(SECRET), `${field} in ${text}`);
          assert.ok(text.includes('[hidden]'), `${field} in ${text}`);
        }
      }
    });
  }

  it('writes what went wrong, without the rows that Postgres quotes', () => {
    const error = Object.assign(new Error('null value in column "name"'), {
      code: '23502',
      detail: `Failing row contains (1, null, ${SECRET}).`,
      where: `COPY wb_cabinets, line 1: "${SECRET}"`,
    });
    const text = written((log) => log.error({ err: error }, 'Writing failed'));
    assert.match(text, /null value in column/);
    assert.match(text, /23502/);
    assert.ok(!text.includes(SECRET));
  });

  it('keeps lines of the wished severity only, and none at all when it is silent', () => {
    assert.equal(
      written((log) => log.debug('too much')),
      '',
    );
    assert.equal(silentLog().isLevelEnabled('fatal'), false);
  });
});
