import { AppError } from '../../errors.ts';
import { say, type Stage } from './stage.ts';

/**
 * Days as the seller counts them: in Moscow. They are those that the answer names: by the time that the rows are counted it
 * may be tomorrow there.
 */
const ORDERS_OF_DAYS = `
  select count(*)::int as orders, $3::date - $2::date + 1 as days from wb_orders
  where cabinet_id = $1 and (order_date at time zone 'Europe/Moscow')::date between $2::date and $3::date`;

/** Questions as a seller asks them; the figures are compared with a count of the rows. */
export async function askQuestions({ app, api, cabinetId }: Stage): Promise<void> {
  say('\n7. Questions to the chat, without a language model (no key is set here)');
  const figures = await api.ask(cabinetId, 'сколько заказов за неделю?');
  showAnswer('сколько заказов за неделю?', figures.answer);
  const result = figures.tools[0]?.result;
  const said = result?.rows[0]?.['orders'];
  const { from, to } = result?.parameters ?? {};
  const { rows } = await app.main.pool.query<{ orders: number; days: number }>(ORDERS_OF_DAYS, [
    ...[cabinetId, from, to],
  ]);
  const { orders, days } = rows[0]!;
  if (days !== 7) throw new AppError('internal', `the chat took ${String(from)} to ${String(to)} for a week`);
  if (said !== orders)
    throw new AppError('internal', `the chat counted ${String(said)} orders, the table ${orders}`);

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
