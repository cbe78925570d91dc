import type { ChatAnswer } from '../../src/chat/chat-answer.ts';

/** An answer with something in each of its fields. */
export function chatAnswer(
  given: Partial<ChatAnswer> = {},
): Omit<ChatAnswer, 'conversationId' | 'messageId'> {
  return {
    text: 'Выручка за вчера: 48 210,50 ₽ [1].',
    answeredBy: 'model',
    language: 'ru',
    sources: [
      {
        ...{ number: 1, chunkId: 91, sourceTable: 'wb_sales', sourceId: 17, chunkType: 'sale' },
        ...{ documentDate: '2036-11-19', text: 'Продажа: ВЫКУП\nАртикул WB (nm_id): 148001001' },
      },
    ],
    tools: [
      {
        name: 'totals',
        parameters: { measures: ['revenue'], period: 'yesterday' },
        status: 'ok',
        result: {
          function: 'totals',
          parameters: { measures: ['revenue'], from: '2036-11-19', to: '2036-11-19' },
          columns: [{ name: 'revenue', unit: 'RUB', label: 'Выручка' }],
          rows: [{ revenue: '48210.50' }],
          ...{ total: null, found: 1, data: 'complete', unknown: [], note: null },
        },
        text: 'Выручка за 19 ноября 2036: 48 210,50 ₽.',
      },
    ],
    understood: [{ kind: 'period', value: { from: '2036-11-19' }, words: 'вчера', used: 'filter' }],
    relaxed: [],
    notices: [{ code: 'shortened', message: 'Не всё найденное уместилось.', details: { left_out: 3 } }],
    usage: { model: 'gpt-4.1-mini', requests: 2, promptTokens: 900, completionTokens: 100, costUsd: 0.00052 },
    remainingToday: 99,
    tookMs: 1234.56,
    ...given,
  };
}
