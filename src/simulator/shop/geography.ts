import { accumulate, pickWeighted, type Random } from './random.ts';

export interface Destination {
  countryName: string;
  oblastOkrugName: string;
  regionName: string;
}

/** Okrug, then its regions with how many of a thousand buyers live there. */
const RUSSIA: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  [
    'Центральный федеральный округ',
    {
      Москва: 150,
      'Московская область': 105,
      'Воронежская область': 20,
      'Тульская область': 14,
      'Ярославская область': 12,
      'Владимирская область': 12,
      'Рязанская область': 10,
      'Тверская область': 10,
      'Белгородская область': 14,
      'Калужская область': 9,
    },
  ],
  [
    'Северо-Западный федеральный округ',
    {
      'Санкт-Петербург': 62,
      'Ленинградская область': 24,
      'Калининградская область': 10,
      'Архангельская область': 9,
      'Вологодская область': 9,
      'Республика Карелия': 5,
    },
  ],
  [
    'Южный федеральный округ',
    {
      'Краснодарский край': 52,
      'Ростовская область': 36,
      'Волгоградская область': 19,
      'Астраханская область': 8,
      'Республика Крым': 13,
    },
  ],
  ['Северо-Кавказский федеральный округ', { 'Ставропольский край': 19, 'Республика Дагестан': 16 }],
  [
    'Приволжский федеральный округ',
    {
      'Республика Татарстан': 36,
      'Республика Башкортостан': 32,
      'Нижегородская область': 28,
      'Самарская область': 28,
      'Пермский край': 21,
      'Саратовская область': 20,
      'Удмуртская Республика': 13,
      'Чувашская Республика': 10,
    },
  ],
  [
    'Уральский федеральный округ',
    {
      'Свердловская область': 37,
      'Челябинская область': 29,
      'Тюменская область': 16,
      'Ханты-Мансийский автономный округ': 15,
    },
  ],
  [
    'Сибирский федеральный округ',
    {
      'Новосибирская область': 25,
      'Красноярский край': 22,
      'Иркутская область': 18,
      'Кемеровская область': 18,
      'Омская область': 14,
      'Алтайский край': 15,
      'Томская область': 8,
    },
  ],
  [
    'Дальневосточный федеральный округ',
    { 'Приморский край': 15, 'Хабаровский край': 12, 'Республика Саха (Якутия)': 7, 'Забайкальский край': 7 },
  ],
];

const ABROAD: readonly (readonly [Destination, number])[] = [
  [{ countryName: 'Беларусь', oblastOkrugName: 'Минская область', regionName: 'Минск' }, 16],
  [{ countryName: 'Беларусь', oblastOkrugName: 'Гомельская область', regionName: 'Гомель' }, 6],
  [{ countryName: 'Казахстан', oblastOkrugName: 'Алматинская область', regionName: 'Алматы' }, 13],
  [{ countryName: 'Казахстан', oblastOkrugName: 'Акмолинская область', regionName: 'Астана' }, 9],
];

const DESTINATIONS: readonly (readonly [Destination, number])[] = [
  ...RUSSIA.flatMap(([oblastOkrugName, regions]) =>
    Object.entries(regions).map(
      ([regionName, weight]) => [{ countryName: 'Россия', oblastOkrugName, regionName }, weight] as const,
    ),
  ),
  ...ABROAD,
];
const SUMS = accumulate(DESTINATIONS.map(([, weight]) => weight));

export function pickDestination(random: Random): Destination {
  return DESTINATIONS[pickWeighted(SUMS, random)]![0];
}

export interface Warehouse {
  id: number;
  name: string;
  regionName: string;
}

const WAREHOUSES: readonly Warehouse[] = [
  { id: 507, name: 'Коледино', regionName: 'Центральный' },
  { id: 120762, name: 'Электросталь', regionName: 'Центральный' },
  { id: 206348, name: 'Тула', regionName: 'Центральный' },
  { id: 117986, name: 'Казань', regionName: 'Приволжский' },
  { id: 130744, name: 'Краснодар', regionName: 'Южный' },
  { id: 1733, name: 'Екатеринбург', regionName: 'Уральский' },
  { id: 686, name: 'Новосибирск', regionName: 'Сибирский' },
  { id: 2737, name: 'Санкт-Петербург', regionName: 'Северо-Западный' },
];

/** One to three of them, the one that holds most first. */
export function pickWarehouses(random: Random): Warehouse[] {
  const lot = random.next();
  const count = lot < 0.5 ? 1 : lot < 0.82 ? 2 : 3;
  const first = random.int(0, WAREHOUSES.length - 1);
  // Steps of 3 over 8 warehouses do not meet again before the eighth.
  return Array.from({ length: count }, (_, index) => WAREHOUSES[(first + 3 * index) % WAREHOUSES.length]!);
}
