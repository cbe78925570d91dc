import { createRoute, z } from '@hono/zod-openapi';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { keyNotFound, type CabinetKey } from '../../cabinets/keys/cabinet-key.ts';
import { insertKey, listKeys, revokeKey } from '../../cabinets/keys/queries.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { OPERATOR_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { nextAfter, pageById, readPageById } from '../paging.ts';
import { inPlainWords } from '../reasons.ts';
import {
  CABINET_NOT_FOUND,
  COMMON_PROBLEMS,
  cabinetIdParams,
  jsonAnswer,
  jsonBody,
  problemAnswer,
  storableText,
  timestamp,
  wholeNumberText,
} from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

const MAX_NAME_LENGTH = 200;

/** What a key is for, in words of whoever makes it. */
export const keyName = storableText(MAX_NAME_LENGTH);

const PATH = '/api/v1/cabinets/{cabinet_id}/keys';
const common = { ...OPERATOR_ACCESS, tags: ['cabinets'] };

const keyAnswer = z
  .object({
    id: z.number(),
    cabinet_id: z.number(),
    name: z.string(),
    key_start: z.string().openapi({ description: 'The first characters of the key, to tell keys apart.' }),
    created_at: timestamp,
    last_used_at: timestamp.openapi({ description: 'To the minute; null: never.' }),
    revoked_at: timestamp.openapi({ description: 'null: it is valid.' }),
  })
  .openapi('CabinetKey');

const EXAMPLE: z.infer<typeof keyAnswer> = {
  id: 7,
  cabinet_id: 1,
  name: 'Дашборд',
  key_start: 'wbk_9vT3xA',
  created_at: '2025-12-16T15:30:00Z',
  last_used_at: null,
  revoked_at: null,
};

const createKeyRoute = createRoute({
  ...common,
  method: 'post',
  path: PATH,
  summary: 'Make a key that may only read, search and chat in this cabinet',
  request: {
    params: cabinetIdParams,
    body: jsonBody(z.strictObject({ name: keyName }, inPlainWords), {
      example: { name: 'Дашборд' },
    }),
  },
  responses: {
    201: jsonAnswer(
      keyAnswer.extend({
        key: z.string().openapi({ description: 'The key itself. It is not kept, so this is the only time.' }),
      }),
      'The new key.',
      { ...EXAMPLE, key: `wbk_9vT3xA${'…'.repeat(3)}` },
    ),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

const listKeysRoute = createRoute({
  ...common,
  method: 'get',
  path: PATH,
  summary: 'List the keys of a cabinet by id, revoked ones too',
  request: {
    params: cabinetIdParams,
    query: z.strictObject(pageById, inPlainWords),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        keys: z.array(keyAnswer),
        next_after: nextAfter(z.number()),
      }),
      'A page of keys.',
      { keys: [{ ...EXAMPLE, last_used_at: '2025-12-17T08:00:00Z' }], next_after: null },
    ),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

const revokeKeyRoute = createRoute({
  ...common,
  method: 'delete',
  path: `${PATH}/{key_id}`,
  summary: 'Revoke a key, at once and for good; it stays in the list',
  request: {
    params: cabinetIdParams.extend({
      key_id: wholeNumberText(1, Number.MAX_SAFE_INTEGER).openapi({ example: 7 }),
    }),
  },
  responses: {
    200: jsonAnswer(keyAnswer, 'The key as it is now.', { ...EXAMPLE, revoked_at: '2025-12-18T10:00:00Z' }),
    404: problemAnswer('The cabinet has no such key.', 'key_not_found'),
    ...COMMON_PROBLEMS,
  },
});

export function registerCabinetKeyRoutes(app: HttpApp, { main, log }: Pick<HttpDeps, 'main' | 'log'>): void {
  app.openapi(createKeyRoute, async (context) => {
    const { key, ...made } = await insertKey(
      main.pool,
      context.req.valid('param').cabinet_id,
      context.req.valid('json').name,
    );
    log.info({ cabinetId: made.cabinetId, cabinet_key_id: made.id }, 'A key of a cabinet was made');
    context.header('cache-control', 'no-store');
    return context.json({ ...toKeyAnswer(made), key }, 201);
  });

  app.openapi(listKeysRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    const page = await readPageById(context.req.valid('query'), (asked) =>
      listKeys(main.pool, cabinetId, asked),
    );
    if (page.rows.length === 0 && !(await cabinetExists(main.pool, cabinetId)))
      throw cabinetNotFound(cabinetId);
    return context.json({ keys: page.rows.map(toKeyAnswer), next_after: page.nextAfter }, 200);
  });

  app.openapi(revokeKeyRoute, async (context) => {
    const { cabinet_id: cabinetId, key_id: id } = context.req.valid('param');
    const revoked = await revokeKey(main.pool, id, cabinetId);
    if (revoked === undefined) throw keyNotFound(id);
    log.info({ cabinetId, cabinet_key_id: id }, 'A key of a cabinet was revoked');
    return context.json(toKeyAnswer(revoked), 200);
  });
}

/** A key in the names of this API; the command line prints the same. */
export function toKeyAnswer(key: CabinetKey): z.infer<typeof keyAnswer> {
  return {
    id: key.id,
    cabinet_id: key.cabinetId,
    name: key.name,
    key_start: key.keyStart,
    created_at: formatTimestamp(key.createdAt),
    last_used_at: formatTimestamp(key.lastUsedAt),
    revoked_at: formatTimestamp(key.revokedAt),
  };
}
