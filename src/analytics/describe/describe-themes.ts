import type { AnalyticsAnswer } from '../analytics.ts';
import type { Row } from '../result.ts';
import { filterOf, periodOf, quoted, type Said } from './phrases.ts';
import { capitalize, countOf, formatDay, formatPercent } from '../../russian/formats.ts';

const OF_REVIEWS = ['отзыва', 'отзывов', 'отзывов'] as const;
const REVIEWS = ['отзыв', 'отзыва', 'отзывов'] as const;
const NAMED_THEMES = 5;

/** `За всё время из 40 отзывов с текстом: жалоба: Молния и фурнитура — 5 отзывов (12,5 %), «Молния сломалась» (оценка 1, 3 мая 2036); …` */
export function describeThemes({ parameters, rows, total }: AnalyticsAnswer): Said {
  const head = capitalize(
    `${periodOf(parameters)}${filterOf(parameters)} из ${countOf(Number(total!['reviews']), OF_REVIEWS)} с текстом`,
  );
  const list = (kind: string) => rows.filter((row) => row['kind'] === kind);
  const parts = [
    ...(parameters['kind'] === 'praise' ? [] : [partOf('жалоба', 'жалоб по темам нет', list('complaint'))]),
    ...(parameters['kind'] === 'complaint' ? [] : [partOf('похвала', 'похвал по темам нет', list('praise'))]),
  ];
  if (rows.length === 0) return `${head}: ${parts.flat().join('; ')}.`;
  return { head, items: parts.flat(), more: 0 };
}

function partOf(what: string, nothing: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [nothing];
  return rows.slice(0, NAMED_THEMES).map((row) => `${what}: ${themeOf(row)}`);
}

function themeOf(row: Row): string {
  const share = typeof row['share'] === 'number' ? ` (${formatPercent(row['share'])})` : '';
  const stars = row['stars'] === null ? [] : [`оценка ${row['stars']}`];
  const day = typeof row['date'] === 'string' ? [formatDay(row['date'])] : [];
  const said = [...stars, ...day].join(', ');
  return `${row['theme']} — ${countOf(Number(row['reviews']), REVIEWS)}${share}, ${quoted(String(row['quote']))}${said === '' ? '' : ` (${said})`}`;
}
