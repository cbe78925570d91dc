import { withoutBuyersWords } from '../chunks/chunk-fields.ts';
import { z } from 'zod';
import type { Analytics } from '../analytics/analytics.ts';
import { isDate } from '../calendar.ts';
import { calculate, calculateParameters, findMistake } from '../analytics/calculate.ts';
import { ANALYTICS_FUNCTIONS, findAnalyticsFunction } from '../analytics/functions.ts';
import type { AnalyticsContext } from '../analytics/period.ts';
import { toolsOf } from '../analytics/tools.ts';
import { AppError, isAppError } from '../errors.ts';
import { fitContext } from '../retrieval/context.ts';
import type { Search, SearchHit, SearchRequest, SearchResult } from '../retrieval/search.ts';
import { CHUNK_TYPES, type ChunkType } from '../source-tables.ts';
import { toSource, type ChatSource, type ToolUse } from './chat-answer.ts';
import type { Turn } from './conversation.ts';
import type { Obstacle } from '../understanding/figures/figures.ts';
import { compactSchema, withoutRepetition } from './compact-schema.ts';
import { computeFigures, type Figures } from './figures.ts';
import { readArguments, readListed } from './model/call-arguments.ts';
import type { ModelTool, ToolCall } from './model/chat-model.ts';
import { findUnverifiedNumbers } from './numbers.ts';
import { shorten } from './shown-text.ts';

/** Characters of the figures of one call. A table of more is cut, and said to be. */
const MAX_FIGURES_LENGTH = 8_000;
const MAX_SEARCHES = 20;
/** Whole numbers up to it are taken for factors (two weeks of 7 days, 100 percent) and need not stand in a result. */
const MOST_FACTOR = 100;
/** Characters of an earlier question or answer: enough to know what it was about, and paid for with each request. */
const MAX_EARLIER_LENGTH = 2_000;

const chunkTypes = Object.values(CHUNK_TYPES) as [ChunkType, ...ChunkType[]];
const date = z.string().refine(isDate, 'must be a date, YYYY-MM-DD');

const searchParameters = z.strictObject({
  query: z
    .string()
    .trim()
    .min(1)
    .max(4_000)
    .describe('What to look for, in Russian, as a seller would ask it.'),
  chunk_types: z.array(z.enum(chunkTypes)).optional().describe('Only rows of these types.'),
  from: date.optional().describe('First day of what the rows are about, YYYY-MM-DD.'),
  to: date.optional().describe('Last day, included.'),
  nm_id: z.int().min(1).optional().describe('Only this product.'),
  limit: z.int().min(1).max(30).optional(),
});

const SEARCH_TOOL: ModelTool = {
  type: 'function',
  function: {
    name: 'search',
    description:
      'The best few rows (products, orders, sales, stocks, reviews) that fit a question, by meaning and words; periods, brands, ratings and the like in the query are understood as filters. To read rows and reviews, not to count them.',
    parameters: jsonSchemaOf(searchParameters),
  },
};

const EARLIER_TOOL: ModelTool = {
  type: 'function',
  function: {
    name: 'earlier_messages',
    description: 'What was asked and answered in this conversation before.',
    parameters: { type: 'object', properties: {}, additionalProperties: false },
  },
};

const CALCULATE_TOOL: ModelTool = {
  type: 'function',
  function: {
    name: 'calculate',
    description:
      'Sums, differences, shares and ratios of figures that results have, in exact decimals. Never compute them yourself.',
    parameters: jsonSchemaOf(calculateParameters),
  },
};

let described: readonly ModelTool[] | undefined;

/** Described when a model is asked first: it takes a while, and most processes ask none. */
export function chatTools(): readonly ModelTool[] {
  // The same parameter of several tools is described with the first.
  const said = new Set<string>();
  described ??= [SEARCH_TOOL, EARLIER_TOOL, CALCULATE_TOOL, ...toolsOf(ANALYTICS_FUNCTIONS)].map(
    ({ type, function: { parameters, ...rest } }) => ({
      type,
      function: { ...rest, parameters: withoutRepetition(compactSchema(parameters), said) },
    }),
  );
  return described;
}

export interface ToolboxDeps {
  search: Search;
  analytics: Analytics;
  /** Whose data all tools read. Nothing that a model says can name another. */
  context: AnalyticsContext;
  turns: readonly Turn[];
  /** Characters of rows, over all searches of one answer. */
  contextMaxLength: number;
  signal: AbortSignal;
  onFigures(figures: Figures): void;
}

/** What of the question no figure that was computed regards, and words that the seller's data does not know. */
export interface NotRegarded {
  unknown_words: readonly string[];
  figures_not_computed_because: readonly Obstacle[];
}

/** What the model may call, while it answers one message. Everything reads, and of one cabinet only. */
export interface Toolbox {
  /** Calls what the model asks for. Resolves to the text of the result: JSON, so that no value can end early. */
  call(call: ToolCall): Promise<string>;
  /** The result of a search that was made already, as the tool would give it. */
  showSearch(result: SearchResult, notRegarded?: NotRegarded): string;
  showFigures(figures: Figures): string;
  showEarlier(): string;
  /** Rows that were shown so far, by their numbers. */
  readonly sources: ReadonlyMap<number, ChatSource>;
  /** Figures that were computed so far. */
  readonly uses: readonly ToolUse[];
  /** What was shown, as texts: where the numbers of an answer may come from. */
  readonly shown: readonly string[];
  /** Rows that searches found and that did not fit any more. */
  readonly leftOut: number;
}

export function createToolbox(deps: ToolboxDeps): Toolbox {
  const sources = new Map<number, ChatSource>();
  const numberOf = new Map<number, number>();
  const uses: ToolUse[] = [];
  const shown: string[] = [];
  let searches = 0;
  let left = deps.contextMaxLength;
  let leftOut = 0;

  /** `texts`: what of it the numbers of an answer may come from. */
  function show(result: unknown, texts: readonly string[] = []): string {
    shown.push(...texts);
    return JSON.stringify(result);
  }

  function addSource(hit: SearchHit): ChatSource {
    const number = numberOf.size + 1;
    const source = toSource(hit, number);
    numberOf.set(hit.chunkId, number);
    sources.set(number, source);
    return source;
  }

  function showSearch({ hits, understood, relaxed }: SearchResult, notRegarded?: NotRegarded): string {
    const fresh = hits.filter((hit) => !numberOf.has(hit.chunkId));
    const fitting = new Map(fitContext(fresh, left).map((hit) => [hit.chunkId, hit]));
    leftOut += fresh.length - fitting.size;
    const rows = hits.flatMap((hit) => {
      const known = numberOf.get(hit.chunkId);
      if (known !== undefined) return [{ number: known, text: '(shown before)' }];
      const fits = fitting.get(hit.chunkId);
      if (fits === undefined) return [];
      left -= fits.text.length;
      const { number, chunkType, documentDate, text } = addSource(fits);
      return [{ number, type: chunkType, date: documentDate, text }];
    });
    const result = {
      rows,
      ...(rows.length < hits.length ? { rows_left_out_for_lack_of_room: hits.length - rows.length } : {}),
      understood,
      ...(relaxed.length > 0 ? { relaxed: relaxed.map(({ kind, words }) => ({ kind, words })) } : {}),
      ...(notRegarded === undefined ? {} : { not_regarded: notRegarded }),
      note: 'The best matches only, not all there are.',
    };
    return show(result, [JSON.stringify(understood), ...rows.map(({ text }) => withoutBuyersWords(text))]);
  }

  function showFigures({ use, isMistake }: Figures): string {
    // A mistake of the model is between it and the tool; the asker hears of what became of it.
    if (!isMistake) uses.push(use);
    if (use.result === null) return show({ error: use.text });
    const { parameters, columns, rows, total, found, data, note, unknown } = use.result;
    const kept = [...rows];
    const result = (): unknown => ({
      ...{ parameters, columns, rows: kept, total, found, data, note },
      ...(unknown.length > 0 ? { unknown } : {}),
      ...(kept.length < rows.length ? { rows_left_out: rows.length - kept.length } : {}),
    });
    while (kept.length > 0 && JSON.stringify(result()).length > MAX_FIGURES_LENGTH)
      kept.length = Math.floor(kept.length * 0.8);
    if (!columns.some(({ name }) => name === 'quote'))
      return show(result(), [JSON.stringify(result()), use.text]);
    // What buyers wrote bears out nothing.
    const own = kept.map(({ quote: _quote, ...row }) => row);
    return show(result(), [JSON.stringify({ parameters, rows: own, total, found, note })]);
  }

  async function search(given: unknown): Promise<string> {
    const { chunk_types: types, nm_id: nmId, ...rest } = checked(searchParameters, given);
    if (++searches > MAX_SEARCHES) throw mistake('There were enough searches. Answer now.');
    const request: SearchRequest = { ...rest, chunkTypes: types, nmId, cabinetId: deps.context.cabinetId };
    const result = await deps.search.search(request, { signal: deps.signal });
    deps.signal.throwIfAborted();
    return showSearch(result);
  }

  async function analyse(name: string, parameters: Record<string, unknown>): Promise<string> {
    const figures = await computeFigures(deps.analytics, deps.context, name, parameters);
    deps.signal.throwIfAborted();
    deps.onFigures(figures);
    return showFigures(figures);
  }

  function showEarlier(): string {
    const messages = deps.turns.map(({ question, answer }) => ({
      question: shorten(question, MAX_EARLIER_LENGTH),
      answer: shorten(answer, MAX_EARLIER_LENGTH),
    }));
    // What was answered is no data: a number that a model made up once would be borne out from then on.
    return show(
      { messages },
      messages.map(({ question }) => question),
    );
  }

  function showCalculated(asked: unknown): string {
    const parameters = checked(calculateParameters, asked);
    const wrong = findMistake(parameters);
    if (wrong !== undefined) throw mistake(wrong);
    const calculated = calculate(parameters);
    // Of figures that no result has, which a model may have made up, the result bears out nothing.
    const given = parameters.values.join('; ');
    const known = { texts: shown, quotable: new Map<number, string>(), counts: MOST_FACTOR };
    const isBorneOut = calculated.result !== null && findUnverifiedNumbers(given, known).length === 0;
    return show(calculated, isBorneOut ? [calculated.result!] : []);
  }

  async function call({ name, arguments: text }: ToolCall): Promise<string> {
    try {
      const parameters = parseArguments(text);
      if (name === 'search') return await search(parameters);
      if (name === 'earlier_messages') return showEarlier();
      if (name === 'calculate') return showCalculated(parameters);
      if (findAnalyticsFunction(name) !== undefined) return await analyse(name, parameters);
      throw mistake(
        `There is no such tool. There are: ${chatTools()
          .map((tool) => tool.function.name)
          .join(', ')}.`,
      );
    } catch (error) {
      deps.signal.throwIfAborted();
      const isMistake = isAppError(error) && error.httpStatus < 500;
      return show({ error: isMistake ? error.message : 'This could not be looked up just now.' });
    }
  }

  return {
    ...{ call, showSearch, showFigures, showEarlier, sources, uses, shown },
    get leftOut() {
      return leftOut;
    },
  };
}

function parseArguments(text: string): Record<string, unknown> {
  const value = text.trim() === '' ? {} : readArguments(text);
  if (value === undefined) throw mistake('The arguments are no JSON object.');
  // Some models write null for what they leave out, and lists once more as a text.
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, given]) => (given === null ? [] : [[name, readListed(given)]])),
  );
}

function checked<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw mistake(z.prettifyError(parsed.error));
  return parsed.data;
}

function mistake(message: string): AppError {
  return new AppError('invalid_request', message);
}

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return rest;
}
