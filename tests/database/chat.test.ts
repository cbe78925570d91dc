import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { createOpenAIEmbedder } from '../../src/embedding/openai-embedder.ts';
import { AppError } from '../../src/errors.ts';
import { createEvents } from '../../src/events.ts';
import { createSearch } from '../../src/retrieval/search.ts';
import { insertCabinet, NOW, type CabinetRows } from '../helpers/analytics-rows.ts';
import { createFakeOpenAI } from '../helpers/fake-openai.ts';
import {
  callOf,
  resultsOf,
  scriptedModel,
  startChatHarness,
  type ChatHarness,
  type Script,
} from './chat-harness.ts';
import { storeChunks } from './chunk-store.ts';

const sale = (id: string, amount: string, at: string, type = 'buyout'): CabinetRows['sales'][number] => ({
  ...{ sale_id: id, nm_id: 148001001, brand: 'Тополея', category: 'Обувь', size: '42' },
  ...{ amount, for_pay: null, sale_date: at, type, is_cancel: null },
});

/** Yesterday, the 19th: two buyouts of 1 990 and 2 500 ₽. */
const ROWS: CabinetRows = {
  products: [
    {
      ...{ nm_id: 148001001, name: 'Кроссовки Роща', brand: 'Тополея', category: 'Кроссовки' },
      ...{ is_active: true, rating: '4.7' },
    },
  ],
  orders: [],
  sales: [sale('S1', '1990', '2036-11-19T10:00:00Z'), sale('S2', '2500', '2036-11-19T11:00:00Z')],
  reviews: [],
  stocks: [],
};
const REVIEWS = [
  'Отзыв\nТовар: Кроссовки Роща\nАртикул WB (nm_id): 148001001\nОценка: 1 из 5 (негативный)\nДата отзыва: 2036-11-18\nТекст: Треснула подошва через 12 дней.',
  'Отзыв\nТовар: Кроссовки Роща\nАртикул WB (nm_id): 148001001\nОценка: 5 из 5 (позитивный)\nДата отзыва: 2036-11-17\nТекст: Лёгкие и удобные.',
];
const QUESTION = 'Какая выручка за вчера?';

describe('the chat', () => {
  let harness: ChatHarness;
  let cabinetId: number;
  let reviewIds: number[];
  before(async () => {
    harness = await startChatHarness();
    cabinetId = await insertCabinet(harness.database.pool, ROWS);
    reviewIds = await storeChunks(
      harness.database.pool,
      cabinetId,
      REVIEWS.map((text) => ({ type: 'review', text })),
    );
  });
  after(() => harness.stop());

  const ask = (...[message, options]: [string, Parameters<ChatHarness['ask']>[1]?]) =>
    harness.ask({ cabinetId, message }, options);
  const noticed = ({ notices }: { notices: { code: string }[] }) => notices.map(({ code }) => code);

  describe('with a model', () => {
    it('gives it what was found and computed as results of tools, and takes its answer', async () => {
      const model = scriptedModel(() => ({ text: 'Вчера выручка составила 4 490 ₽.' }));
      const answer = await ask(QUESTION, { model });
      assert.equal(answer.text, 'Вчера выручка составила 4 490 ₽.');
      assert.deepEqual([answer.answeredBy, answer.language, answer.notices], ['model', 'ru', []]);
      const [request] = model.requests;
      assert.deepEqual(
        request!.messages.map(({ role }) => role),
        ['system', 'user', 'assistant', 'tool', 'tool'],
      );
      const [found, figures] = resultsOf(request!);
      assert.deepEqual([found!.name, figures!.name], ['search', 'totals']);
      assert.deepEqual(figures!.result['rows'], [{ revenue: '4490.00' }]);
      assert.deepEqual(
        answer.tools.map(({ name, status, parameters }) => [name, status, parameters['from']]),
        [['totals', 'ok', '2036-11-19']],
      );
      assert.deepEqual(answer.usage, {
        ...{ model: 'scripted', requests: 1, promptTokens: 1_000, completionTokens: 100 },
        costUsd: 0.0028,
      });
    });

    it('has its calls made, of this cabinet, and gives it their results', async () => {
      const model = scriptedModel(
        () => ({
          text: 'Сейчас посмотрю. ',
          toolCalls: [
            callOf('totals', { measures: ['buyouts'], period: 'yesterday' }),
            callOf('search', { query: 'треснула подошва', chunk_types: ['review'], limit: 1 }),
          ],
        }),
        () => ({ text: 'Вчера 2 выкупа; на подошву жалуются [1].' }),
      );
      const answer = await ask('что происходит?', { model });
      const results = resultsOf(model.requests[1]!).slice(-2);
      assert.deepEqual(
        results.map(({ name, result }) => [name, (result['rows'] as unknown[]).length]),
        [
          ['totals', 1],
          ['search', 1],
        ],
      );
      assert.deepEqual(results[0]!.result['rows'], [{ buyouts: 2 }]);
      assert.equal(answer.text, 'Вчера 2 выкупа; на подошву жалуются [1].');
      assert.ok(
        answer.events.some(({ type }) => type === 'discarded'),
        'what it said before it looked is void',
      );
      assert.deepEqual(
        answer.tools.map(({ name }) => name),
        ['totals'],
      );
      assert.equal(answer.usage.requests, 2);
      assert.equal(answer.usage.promptTokens, 2_000);
    });

    it('names the sources that the answer refers to, with their texts', async () => {
      const numberOf = (request: Parameters<typeof resultsOf>[0]) =>
        (resultsOf(request)[0]!.result['rows'] as { number: number; text: string }[]).find(({ text }) =>
          text.includes('подошва'),
        )!.number;
      const model = scriptedModel((request) => ({ text: `Треснула подошва [${numberOf(request)}], [99].` }));
      const answer = await ask('на что жалуются в отзывах', { model });
      assert.deepEqual(
        answer.sources.map(({ chunkId, sourceTable, chunkType, documentDate, text }) => ({
          ...{ chunkId, sourceTable, chunkType, documentDate, text },
        })),
        [
          {
            ...{ chunkId: reviewIds[0], sourceTable: 'wb_reviews', chunkType: 'review' },
            ...{ documentDate: '2036-11-18', text: REVIEWS[0] },
          },
        ],
      );
      assert.doesNotMatch(answer.text, /99/, 'a reference to nothing is taken out');
    });

    it('is told what was asked and answered before, as data', async () => {
      const first = await ask(QUESTION, { model: scriptedModel(() => ({ text: 'Вчера 4 490 ₽.' })) });
      const model = scriptedModel(() => ({ text: 'Позавчера продаж не было.' }));
      const { conversationId } = first;
      const second = await harness.ask({ cabinetId, message: 'а позавчера?', conversationId }, { model });
      assert.equal(second.conversationId, first.conversationId);
      const [earlier] = resultsOf(model.requests[0]!);
      assert.equal(earlier!.name, 'earlier_messages');
      assert.deepEqual(earlier!.result, { messages: [{ question: QUESTION, answer: 'Вчера 4 490 ₽.' }] });
    });

    it('is told of the beginning only of what was said at great length', async () => {
      const long = scriptedModel(() => ({ text: `Подошва. ${'слово '.repeat(3_000)}` }));
      const { conversationId } = await ask('подошва', { model: long });
      const model = scriptedModel(() => ({ text: 'Да.' }));
      await harness.ask({ cabinetId, message: 'точно?', conversationId }, { model });
      const { messages } = resultsOf(model.requests[0]!)[0]!.result as { messages: { answer: string }[] };
      assert.match(messages[0]!.answer, /^Подошва\. слово .*слово…$/);
      assert.ok(messages[0]!.answer.length <= 2_000);
    });

    it('does not bear out with an earlier answer what it makes up', async () => {
      const madeUp = () => ({ text: 'Прибыль 1 234 ₽.' });
      const { conversationId } = await ask(QUESTION, { model: scriptedModel(madeUp) });
      const again = await harness.ask(
        { cabinetId, message: 'точно?', conversationId },
        { model: scriptedModel(madeUp) },
      );
      assert.deepEqual(noticed(again), ['unverified_numbers']);
    });

    it('is asked again with less when it was given more than it takes', async () => {
      const lengths: number[] = [];
      const model = scriptedModel((request) => {
        const length = JSON.stringify(request.messages).length;
        lengths.push(length);
        if (lengths.length < 3) throw new AppError('chat_context_too_long', 'too long');
        return { text: 'Жалуются на подошву.' };
      });
      const answer = await ask('на что жалуются в отзывах', { model, options: { contextMaxLength: 300 } });
      assert.ok(lengths[0]! > lengths[1]! && lengths[1]! > lengths[2]!, String(lengths));
      assert.equal(answer.answeredBy, 'model');
      assert.deepEqual(noticed(answer), ['shortened']);
    });

    it('never gets more of what was found than RAG_CONTEXT_MAX_LENGTH, over all its searches', async () => {
      const model = scriptedModel(
        () => ({
          toolCalls: [callOf('search', { query: 'удобные' }), callOf('search', { query: 'подошва' })],
        }),
        () => ({ text: 'Хорошо.' }),
      );
      await ask('отзывы', { model, options: { contextMaxLength: REVIEWS[1]!.length } });
      const texts = resultsOf(model.requests[1]!)
        .flatMap(({ result }) => (result['rows'] as { text: string }[] | undefined) ?? [])
        .map(({ text }) => text)
        .filter((text) => text !== '(shown before)');
      assert.ok(texts.length > 0 && texts.join('').length <= REVIEWS[1]!.length);
    });

    it('that makes numbers up is caught out, and the answer says which', async () => {
      const model = scriptedModel(() => ({ text: 'Выручка 4 490 ₽, а прибыль 1 234 ₽.' }));
      const answer = await ask(QUESTION, { model });
      assert.deepEqual(noticed(answer), ['unverified_numbers']);
      assert.deepEqual(answer.notices[0]!.details, { numbers: ['1 234'] });
      assert.match(answer.text, /1 234 ₽\.\n\n.*1 234/);
    });

    it('whose answer is cut off has it said', async () => {
      const model = scriptedModel(() => ({ text: 'Вчера было', finish: 'length' }));
      assert.deepEqual(noticed(await ask(QUESTION, { model })), ['cut_off']);
    });

    it('that calls without end has to answer in the end', async () => {
      const model = scriptedModel(({ toolChoice }) =>
        toolChoice === 'none'
          ? { text: 'Вчера 4 490 ₽.' }
          : { toolCalls: [callOf('search', { query: 'ещё' })] },
      );
      const answer = await ask(QUESTION, { model });
      assert.equal(answer.answeredBy, 'model');
      assert.equal(model.requests.at(-1)!.toolChoice, 'none');
      assert.ok(model.requests.length < 10);
    });

    it('is told what was wrong with a call, and may try another', async () => {
      const model = scriptedModel(
        () => ({
          toolCalls: [
            callOf('totals', { measures: ['happiness'] }),
            callOf('drop_table', {}),
            callOf('search', { query: 'x', cabinet_id: cabinetId + 1 }),
            { id: 'broken', name: 'totals', arguments: '{"measures": [' },
          ],
        }),
        () => ({ text: 'Этого я не знаю.' }),
      );
      const answer = await ask('привет', { model });
      const errors = resultsOf(model.requests[1]!)
        .slice(-4)
        .map(({ result }) => String(result['error']));
      assert.match(errors[0]!, /measures/);
      assert.match(errors[1]!, /no such tool/);
      assert.match(errors[2]!, /cabinet_id/);
      assert.match(errors[3]!, /no JSON object/);
      assert.deepEqual([answer.tools, answer.notices], [[], []], 'its mistakes are no failures');
    });
  });

  describe('where the model fails', () => {
    const failures: [what: string, script: Script, reason: string][] = [
      [
        'is down',
        () => {
          throw new AppError('chat_unavailable', 'down', {
            details: { usage: { promptTokens: 7, completionTokens: 0 } },
          });
        },
        'chat_unavailable',
      ],
      [
        'refuses',
        () => {
          throw new AppError('chat_refused', 'no');
        },
        'chat_refused',
      ],
      [
        'always finds it too long',
        () => {
          throw new AppError('chat_context_too_long', 'too long');
        },
        'chat_context_too_long',
      ],
      ['says nothing', () => ({ text: ' \n' }), 'empty_answer'],
      ['is filtered', () => ({ text: 'Вчера', finish: 'content_filter' }), 'content_filter'],
      ['only ever calls', () => ({ toolCalls: [callOf('search', { query: 'x' })] }), 'too_many_calls'],
    ];
    for (const [what, script, reason] of failures) {
      it(`because it ${what}, the answer is composed without it and says so`, async () => {
        const answer = await ask(QUESTION, { model: scriptedModel(script) });
        assert.equal(answer.answeredBy, 'plain');
        assert.match(answer.text, /4\s490/);
        assert.deepEqual(noticed(answer), ['model_unavailable']);
        assert.deepEqual(answer.notices[0]!.details, { reason });
        assert.ok(answer.text.endsWith(answer.notices[0]!.message));
      });
    }

    it('in the middle of its answer, what it said is void', async () => {
      const model = scriptedModel((_, { onText }) => {
        onText('Вчера выручка составила 9 999 999');
        throw new AppError('chat_unavailable', 'cut', {
          details: { usage: { promptTokens: 9, completionTokens: 3 } },
        });
      });
      const answer = await ask(QUESTION, { model });
      assert.equal(answer.answeredBy, 'plain');
      assert.doesNotMatch(answer.text, /9 999/);
      assert.ok(answer.events.some(({ type }) => type === 'discarded'));
      assert.deepEqual([answer.usage.promptTokens, answer.usage.completionTokens], [9, 3], 'it is paid for');
    });

    it('to answer in time, the answer is composed without it', async () => {
      const model = scriptedModel(
        (_, { signal }) =>
          new Promise((_resolve, reject) => {
            const giveUp = () => reject(signal.reason as Error);
            if (signal.aborted) giveUp();
            else signal.addEventListener('abort', giveUp, { once: true });
          }),
      );
      const answer = await ask(QUESTION, { model, options: { modelTimeoutMs: 1 } });
      assert.deepEqual(answer.notices[0]!.details, { reason: 'timeout' });
      assert.match(answer.text, /4\s490/);
    });
  });

  describe('without a model', () => {
    it('answers from figures and rows, and says that it does', async () => {
      const answer = await ask(QUESTION);
      assert.match(answer.text, /4\s490/);
      assert.deepEqual(noticed(answer), ['without_model']);
      assert.match(answer.text, /без языковой модели/);
      assert.deepEqual(answer.usage, {
        ...{ model: null, requests: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 },
      });
    });

    it('answers an English question in English', async () => {
      const answer = await ask('cracked sole reviews');
      assert.equal(answer.language, 'en');
      assert.match(answer.text, /without a language model/);
    });

    it('says what can be asked to whoever only says hello', async () => {
      const answer = await ask('Привет!');
      assert.match(answer.text, /^Спросите о товарах/);
      assert.deepEqual(answer.sources, []);
    });

    it('says which filter it let go', async () => {
      const answer = await ask('негативные отзывы за 2020 год');
      assert.ok(noticed(answer).includes('relaxed'));
      assert.match(answer.text, /^По всем условиям .*«за 2020 год»/, 'before the rows');
      assert.ok(answer.relaxed.some(({ kind }) => kind === 'period'));
    });
  });

  describe('where a part fails', () => {
    it('the search: figures answer, and the answer says what is missing', async () => {
      const search = { search: () => Promise.reject(new AppError('database_unreachable', 'gone')) };
      const answer = await ask(QUESTION, { deps: { search } });
      assert.match(answer.text, /4\s490/);
      assert.deepEqual(noticed(answer), ['without_model', 'search_unavailable']);
    });

    it('the embedding in time: its words are searched for, whatever similarity is wanted otherwise', async () => {
      const provider = await createFakeOpenAI();
      provider.respondAlways({ kind: 'hang' });
      const embedder = createOpenAIEmbedder({
        ...{ apiKey: 'sk-test', baseUrl: provider.url, model: 'text-embedding-3-small' },
        ...{ requestTimeoutMs: 60_000, batchSize: 10, concurrency: 1, events: createEvents() },
      });
      const search = createSearch(
        { vector: harness.main, embedders: createEmbeddersFrom(embedder), now: () => NOW },
        { minSimilarity: 0.3, embeddingPatienceMs: 1_000 },
      );
      const answer = await ask(QUESTION, { deps: { search } });
      await provider.stop();
      assert.match(answer.text, /4\s490/);
      assert.ok(!noticed(answer).includes('search_unavailable'), answer.text);
      assert.equal(provider.requests.length, 1, 'words need no vector');
    });

    it('the figures: the answer says so and has none, and no word of the fault', async () => {
      const analytics = { run: () => Promise.reject(new AppError('database_busy', 'secret host 10.0.0.1')) };
      const answer = await ask(QUESTION, { deps: { analytics } });
      assert.deepEqual(noticed(answer), ['without_model', 'tool_failed', 'relaxed']);
      assert.equal(answer.tools[0]!.status, 'failed');
      assert.doesNotMatch(JSON.stringify(answer), /10\.0\.0\.1/);
      assert.match(harness.log.join('\n'), /10\.0\.0\.1/, 'the log has it');

      const model = scriptedModel(() => ({ text: 'Показатели сейчас недоступны.' }));
      const byModel = await ask(QUESTION, { deps: { analytics }, model });
      assert.deepEqual(noticed(byModel), ['tool_failed', 'relaxed']);
      assert.doesNotMatch(JSON.stringify(model.requests), /10\.0\.0\.1/);
    });
  });

  it('tells what happened, for the metrics', async () => {
    const told: unknown[] = [];
    const events = createEvents();
    events.on('chatEnded', ({ outcome, answeredBy, notices }) => told.push([outcome, answeredBy, notices]));
    events.on('chatToolEnded', ({ tool, outcome }) => told.push([tool, outcome]));
    await ask(QUESTION, { deps: { events } });
    await assert.rejects(ask(' ', { deps: { events } }), { code: 'invalid_request' });
    await assert.rejects(ask('x'.repeat(4_001), { deps: { events } }), { code: 'invalid_request' });
    assert.deepEqual(told, [
      ['totals', 'ok'],
      ['ok', 'plain', ['without_model']],
      ['refused', undefined, []],
      ['refused', undefined, []],
    ]);
  });

  it('that its asker left gives up, and the message has no answer and does not count', async () => {
    const leaving = new AbortController();
    const model = scriptedModel((_, { signal }) => {
      leaving.abort(new Error('left'));
      signal.throwIfAborted();
      return {};
    });
    const abandoned: unknown[] = [];
    const conversations = {
      begin: () => Promise.resolve({ conversationId: 'c', messageId: 1, turns: [], remainingToday: 4 }),
      complete: () => assert.fail('there is no answer'),
      abandon: ({ messageId }: { messageId: number }) => Promise.resolve(void abandoned.push(messageId)),
    };
    await assert.rejects(ask(QUESTION, { model, signal: leaving.signal, deps: { conversations } }), /left/);
    assert.deepEqual(abandoned, [1]);
  });
});
