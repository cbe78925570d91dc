import type { AnalyticsAnswer } from '../analytics.ts';
import type { Row } from '../result.ts';
import { filterOf, groupOf, NAMED_GROUPS, sizeOf, type Said } from './phrases.ts';
import { countOf, formatNumber, type Forms } from '../../russian/formats.ts';

const PIECES: Forms = ['штука', 'штуки', 'штук'];
/** «Довезти …» */
const PIECES_TO_SHIP: Forms = ['штуку', 'штуки', 'штук'];
const DAYS: Forms = ['день', 'дня', 'дней'];
const OF_DAYS: Forms = ['дня', 'дней', 'дней'];

/** `Чтобы остатков хватило на 30 дней после 14 дней доставки, довезти 12 штук: «Плед» (ПЛ-1) — 12 штук (осталось 0, …).` */
export function describeReorder({ parameters, rows, found, total }: AnalyticsAnswer): Said {
  const [cover, lead] = [Number(parameters['cover_days']), Number(parameters['lead_days'])];
  const after = lead === 0 ? '' : ` после ${countOf(lead, OF_DAYS)} доставки`;
  const until = `на ${countOf(cover, DAYS)}${after}${filterOf(parameters)}`;
  if (rows.length === 0) return `Остатков хватит ${until}: везти ничего не нужно.`;
  const shown = rows.slice(0, NAMED_GROUPS);
  return {
    head: `Чтобы остатков хватило ${until}, нужно довезти ${countOf(Number(total!['ship']), PIECES_TO_SHIP)}`,
    items: shown.map((row) => `${groupOf('product', row)}${sizeOf(row)} — ${needOf(row)}`),
    more: found - shown.length,
  };
}

function needOf(row: Row): string {
  const coming = Number(row['in_way_from_client']);
  const back = coming === 0 ? '' : `, возвращается ${formatNumber(coming)}`;
  const left = Number(row['stock']) <= 0 ? 'нет в наличии' : `осталось ${formatNumber(Number(row['stock']))}`;
  return `${countOf(Number(row['ship']), PIECES)} (${left}${back}, заказывают ${formatNumber(Number(row['orders_per_day']))} в день)`;
}
