import { AppError } from '../../errors.ts';
import { say, type Stage } from './stage.ts';

/** Days as the seller counts them: in Moscow, today included. */
const ORDERS_OF_A_WEEK = `
  select count(*)::int as orders from wb_orders
  where cabinet_id = $1 and (order_date at time zone 'Europe/Moscow')::date
    between (now() at time zone 'Europe/Moscow')::date - 6 and (now() at time zone 'Europe/Moscow')::date`;

/** Questions as a seller asks them; the figures are compared with a count of the rows. */
export async function askQuestions({ app, api, cabinetId }: Stage): Promise<void> {
  say('\n7. Questions to the chat, without a language model (no key is set here)');
  const figures = await api.ask(cabinetId, 'сколько заказов за неделю?');
  showAnswer('сколько заказов за неделю?', figures.answer);
  const said = figures.tools[0]?.result?.rows[0]?.['orders'];
  const { rows } = await app.main.pool.query<{ orders: number }>(ORDERS_OF_A_WEEK, [cabinetId]);
  if (said !== rows[0]?.orders)
    throw new AppError('internal', `the chat counted ${String(said)} orders, the table ${rows[0]?.orders}`);

  const reviews = await api.ask(cabinetId, 'на что жалуются в отзывах?');
  showAnswer('на что жалуются в отзывах?', reviews.answer);
  if (!reviews.sources.some((source) => source.source_table === 'wb_reviews'))
    throw new AppError('internal', 'the chat cited no review');
}

const SHOWN_LINES = 6;

function showAnswer(question: string, answer: string): void {
  const lines = answer.split('\n\n')[0]!.split('\n');
  say(`   ask "${question}"`);
  for (const line of lines.slice(0, SHOWN_LINES)) say(`      ${line}`);
  if (lines.length > SHOWN_LINES) say('      …');
}
