import type { Executor } from '../database/pool.ts';
import { readCatalogue, readPlaces, type CatalogueProduct } from './catalogue-queries.ts';

/** What a cabinet has, as its tables name it: for whoever looks for it in a question. */
export interface CatalogueNames {
  products: readonly CatalogueProduct[];
  sizes: readonly string[];
  warehouses: readonly string[];
  /** Where orders went. */
  regions: readonly string[];
}

/** Reads only. A few milliseconds for a thousand products, however many orders there are. */
export async function readNames(executor: Executor, cabinetId: number): Promise<CatalogueNames> {
  const products = await readCatalogue(executor, cabinetId);
  return { products, ...(await readPlaces(executor, cabinetId)) };
}
