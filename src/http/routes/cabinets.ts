import { createRoute, z } from '@hono/zod-openapi';
import { cabinetNotFound, type Cabinet } from '../../cabinets/cabinet.ts';
import { deleteCabinet, getCabinet, listCabinets } from '../../cabinets/queries.ts';
import { changeCabinet, createCabinet } from '../../cabinets/save-cabinet.ts';
import { cabinetAccess, OPERATOR_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { nextAfter, pageById, readPageById } from '../paging.ts';
import { inPlainWords } from '../reasons.ts';
import { CABINET_NOT_FOUND, COMMON_PROBLEMS, cabinetIdParams, jsonAnswer, jsonBody } from '../schemas.ts';
import {
  CABINET_EXAMPLE,
  cabinetAnswer,
  cabinetChangesBody,
  newCabinetBody,
  toCabinetAnswer,
} from './cabinet-schemas.ts';

const common = { ...OPERATOR_ACCESS, tags: ['cabinets'] };

const createCabinetRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/cabinets',
  summary: 'Create a cabinet',
  request: {
    body: jsonBody(newCabinetBody, { example: { name: 'Test Cabinet', api_key: 'YOUR_WB_API_KEY' } }),
  },
  responses: { 201: jsonAnswer(cabinetAnswer, 'The new cabinet.', CABINET_EXAMPLE), ...COMMON_PROBLEMS },
});

const listCabinetsRoute = createRoute({
  ...common,
  method: 'get',
  path: '/api/v1/cabinets',
  summary: 'List cabinets by id',
  request: {
    query: z.strictObject(pageById, inPlainWords),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        cabinets: z.array(cabinetAnswer),
        next_after: nextAfter(z.number()),
      }),
      'A page of cabinets.',
      { cabinets: [CABINET_EXAMPLE], next_after: null },
    ),
    ...COMMON_PROBLEMS,
  },
});

const getCabinetRoute = createRoute({
  ...common,
  ...cabinetAccess('path'),
  method: 'get',
  path: '/api/v1/cabinets/{cabinet_id}',
  summary: 'Show a cabinet',
  request: { params: cabinetIdParams },
  responses: {
    200: jsonAnswer(cabinetAnswer, 'The cabinet.', CABINET_EXAMPLE),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

const updateCabinetRoute = createRoute({
  ...common,
  method: 'patch',
  path: '/api/v1/cabinets/{cabinet_id}',
  summary: 'Change the name, the key or the activity of a cabinet',
  request: {
    params: cabinetIdParams,
    body: jsonBody(cabinetChangesBody, { example: { is_active: false } }),
  },
  responses: {
    200: jsonAnswer(cabinetAnswer, 'The cabinet as it is now.', { ...CABINET_EXAMPLE, is_active: false }),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

const deleteCabinetRoute = createRoute({
  ...common,
  method: 'delete',
  path: '/api/v1/cabinets/{cabinet_id}',
  summary: 'Delete a cabinet with all its rows; its chunks leave the index moments later',
  request: { params: cabinetIdParams },
  responses: {
    200: jsonAnswer(cabinetAnswer, 'The cabinet as it was.', CABINET_EXAMPLE),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

export function registerCabinetRoutes(app: HttpApp, { main, vault }: Pick<HttpDeps, 'main' | 'vault'>): void {
  app.openapi(createCabinetRoute, async (context) => {
    const body = context.req.valid('json');
    const cabinet = await createCabinet(
      { main, vault },
      { name: body.name, apiKey: body.api_key, isActive: body.is_active },
    );
    context.header('location', `/api/v1/cabinets/${cabinet.id}`);
    return context.json(toCabinetAnswer(cabinet), 201);
  });

  app.openapi(listCabinetsRoute, async (context) => {
    const page = await readPageById(context.req.valid('query'), (asked) => listCabinets(main.pool, asked));
    return context.json({ cabinets: page.rows.map(toCabinetAnswer), next_after: page.nextAfter }, 200);
  });

  app.openapi(getCabinetRoute, async (context) => {
    const id = context.req.valid('param').cabinet_id;
    return context.json(toCabinetAnswer(found(await getCabinet(main.pool, id), id)), 200);
  });

  app.openapi(updateCabinetRoute, async (context) => {
    const id = context.req.valid('param').cabinet_id;
    const body = context.req.valid('json');
    const changes = { name: body.name, apiKey: body.api_key, isActive: body.is_active };
    return context.json(toCabinetAnswer(found(await changeCabinet({ main, vault }, id, changes), id)), 200);
  });

  app.openapi(deleteCabinetRoute, async (context) => {
    const id = context.req.valid('param').cabinet_id;
    return context.json(toCabinetAnswer(found(await deleteCabinet(main.pool, id), id)), 200);
  });
}

function found(cabinet: Cabinet | undefined, id: number): Cabinet {
  if (cabinet === undefined) throw cabinetNotFound(id);
  return cabinet;
}
