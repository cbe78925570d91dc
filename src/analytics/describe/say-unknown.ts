import type { UnknownName } from '../result.ts';
import { enumerate } from '../../russian/formats.ts';

const OF_WHAT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    nm_id: 'Артикула WB',
    product: 'Товара',
    brand: 'Бренда',
    category: 'Категории',
    size: 'Размера',
    warehouse: 'Склада',
    region: 'Региона',
    color: 'Цвета',
    tag: 'Отметки покупателей',
  }),
);

/** `Бренда «Тополия» в кабинете нет. Похоже на: «Тополея».` */
export function sayUnknown({ parameter, value, nearest }: UnknownName): string {
  const name = parameter.replace('exclude_', '');
  const isExcluded = name !== parameter;
  const what = `${OF_WHAT.get(name) ?? name} ${typeof value === 'number' ? value : `«${value}»`} в кабинете нет`;
  const like = nearest.length === 0 ? '' : ` Похоже на: ${enumerate(nearest.map((known) => `«${known}»`))}.`;
  return `${what}${isExcluded ? ', исключать нечего' : ''}.${like}`;
}
