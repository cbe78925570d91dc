import { z } from '@hono/zod-openapi';
import type { Cabinet } from '../../cabinets/cabinet.ts';
import { inPlainWords } from '../reasons.ts';
import { storableText, timestamp } from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

const MAX_NAME_LENGTH = 200;
/** Wildberries' keys are JSON web tokens of some 500 characters. */
const MAX_API_KEY_LENGTH = 4_000;

const name = storableText(MAX_NAME_LENGTH).openapi({ example: 'Test Cabinet' });
const apiKey = storableText(MAX_API_KEY_LENGTH).openapi({
  writeOnly: true,
  description: 'The key of the Wildberries API. Never shown again.',
});
const isActive = z.boolean(inPlainWords).openapi({ description: 'False: the cabinet is not indexed.' });

/** How a cabinet looks in answers. */
export const cabinetAnswer = z
  .object({
    id: z.number(),
    name: z.string(),
    is_active: z.boolean(),
    has_api_key: z.boolean(),
    last_sync_at: timestamp,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .openapi('Cabinet');

export const CABINET_EXAMPLE: z.infer<typeof cabinetAnswer> = {
  id: 1,
  name: 'Test Cabinet',
  is_active: true,
  has_api_key: true,
  last_sync_at: '2025-12-16T15:30:00Z',
  created_at: '2025-12-16T15:00:00Z',
  updated_at: '2025-12-16T15:30:00Z',
};

export const newCabinetBody = z.strictObject(
  { name, api_key: apiKey, is_active: isActive.optional() },
  inPlainWords,
);

export const cabinetChangesBody = z
  .strictObject(
    { name: name.optional(), api_key: apiKey.optional(), is_active: isActive.optional() },
    inPlainWords,
  )
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), {
    message: 'must have at least one of name, api_key, is_active',
  });

export function toCabinetAnswer(cabinet: Cabinet): z.infer<typeof cabinetAnswer> {
  return {
    id: cabinet.id,
    name: cabinet.name,
    is_active: cabinet.isActive,
    has_api_key: cabinet.hasApiKey,
    last_sync_at: formatTimestamp(cabinet.lastSyncAt),
    created_at: formatTimestamp(cabinet.createdAt),
    updated_at: formatTimestamp(cabinet.updatedAt),
  };
}
