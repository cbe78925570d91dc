import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createToolbox } from '../../../src/chat/toolbox.ts';
import { toolOf } from './chunk-texts.ts';

const nobody = { search: () => Promise.reject(new Error('nothing is searched for')) };

function toolbox() {
  const tools = createToolbox({
    search: nobody,
    analytics: { run: () => Promise.reject(new Error('no figures are asked for')) },
    context: { cabinetId: 1, now: new Date('2036-11-20T11:00:00Z'), timeZone: 'Europe/Moscow' },
    ...{
      turns: [],
      contextMaxLength: 1_000,
      signal: new AbortController().signal,
      onFigures: () => undefined,
    },
  });
  const use = toolOf({
    function: 'totals',
    parameters: { measures: ['revenue', 'orders'], group_by: 'none', period: 'all' },
    rows: [{ revenue: '1990.50', orders: 250 }],
  });
  tools.showFigures({ use, error: undefined, isMistake: false });
  return tools;
}

describe('the tool calculate', () => {
  const call = (tools: ReturnType<typeof toolbox>, values: unknown, operation = 'ratio') =>
    tools.call({ id: '1', name: 'calculate', arguments: JSON.stringify({ operation, values }) });

  it('works figures of results out, exactly, and its result may be said', async () => {
    const tools = toolbox();
    assert.deepEqual(JSON.parse(await call(tools, ['1990.50', '250'])), {
      ...{ result: '7.96', exact: false, unit: 'number' },
    });
    assert.ok(tools.shown.includes('7.96'));
  });

  it('bears out nothing of figures that no result has', async () => {
    const tools = toolbox();
    assert.match(await call(tools, ['777333', '1'], 'product'), /777333/);
    assert.ok(!tools.shown.some((text) => text.includes('777333')));
  });

  it('says what is wrong with a call', async () => {
    assert.match(await call(toolbox(), ['1']), /error.*two values/);
    assert.match(await call(toolbox(), ['1 000', '2']), /error.*decimal number/s);
  });
});
