import type { SourceName } from '../../source-tables.ts';
import { orders } from './orders.ts';
import { products } from './products.ts';
import { reviews } from './reviews.ts';
import { sales } from './sales.ts';
import type { Source } from './source.ts';
import { stocks } from './stocks.ts';

/** Every source. Adding one: see CONTRIBUTING.md. */
export const SOURCES: Readonly<Record<SourceName, Source>> = { orders, products, stocks, reviews, sales };
