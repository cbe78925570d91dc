/**
 * What OpenAPI 3.1 asks of a description, as JSON schema (2020-12): the objects that one of ours can have, each with the
 * fields that it may have and no others. Schemas themselves are held against the meta schema of JSON schema, which ajv knows.
 */
const text = { type: 'string', minLength: 1 };
const mapOf = (values: object) => ({ type: 'object', additionalProperties: values });
const listOf = (items: object) => ({ type: 'array', items });
const ref = (name: string) => ({ $ref: `#/$defs/${name}` });
const schema = { $ref: 'https://json-schema.org/draft/2020-12/schema' };

/** An object of these fields; `x-…` may be there in any. */
const fields = (properties: object, ...required: string[]) => ({
  type: 'object',
  properties,
  required,
  patternProperties: { '^x-': true },
  additionalProperties: false,
});

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export const OPENAPI_31_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...fields(
    {
      openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
      info: ref('info'),
      jsonSchemaDialect: { type: 'string', format: 'uri' },
      servers: { ...listOf(ref('server')), minItems: 1 },
      paths: {
        type: 'object',
        patternProperties: { '^/': ref('pathItem') },
        additionalProperties: false,
        minProperties: 1,
      },
      webhooks: mapOf(ref('pathItem')),
      components: ref('components'),
      security: listOf(ref('securityRequirement')),
      tags: listOf(fields({ name: text, description: text, externalDocs: ref('externalDocs') }, 'name')),
      externalDocs: ref('externalDocs'),
    },
    'openapi',
    'info',
    'paths',
  ),
  $defs: {
    externalDocs: fields({ url: { type: 'string', format: 'uri' }, description: text }, 'url'),
    info: fields(
      {
        title: text,
        version: text,
        summary: text,
        description: text,
        termsOfService: text,
        contact: fields({ name: text, url: { type: 'string', format: 'uri' }, email: text }),
        license: {
          ...fields({ name: text, identifier: text, url: { type: 'string', format: 'uri' } }, 'name'),
          not: { required: ['identifier', 'url'] },
        },
      },
      'title',
      'version',
    ),
    server: fields({ url: { type: 'string', format: 'uri-reference' }, description: text }, 'url'),
    pathItem: fields({
      summary: text,
      description: text,
      parameters: listOf(ref('parameter')),
      ...Object.fromEntries(METHODS.map((method) => [method, ref('operation')])),
    }),
    operation: fields(
      {
        tags: { ...listOf(text), uniqueItems: true },
        summary: text,
        description: text,
        operationId: text,
        deprecated: { type: 'boolean' },
        parameters: { ...listOf(ref('parameter')), uniqueItems: true },
        requestBody: fields(
          { description: text, content: ref('content'), required: { type: 'boolean' } },
          'content',
        ),
        responses: {
          type: 'object',
          patternProperties: { '^([1-5]\\d\\d|[1-5]XX|default)$': ref('response'), '^x-': true },
          additionalProperties: false,
          minProperties: 1,
        },
        security: listOf(ref('securityRequirement')),
      },
      'responses',
    ),
    parameter: {
      ...fields(
        {
          name: text,
          in: { enum: ['query', 'header', 'path', 'cookie'] },
          description: text,
          required: { type: 'boolean' },
          deprecated: { type: 'boolean' },
          style: text,
          explode: { type: 'boolean' },
          schema,
          example: true,
          examples: mapOf(ref('example')),
        },
        'name',
        'in',
        'schema',
      ),
      if: { properties: { in: { const: 'path' } } },
      then: { properties: { required: { const: true } }, required: ['required'] },
    },
    content: {
      type: 'object',
      propertyNames: { pattern: '^[\\w.+-]+/[\\w.+*-]+(;.*)?$' },
      additionalProperties: ref('mediaType'),
      minProperties: 1,
    },
    mediaType: {
      ...fields({ schema, example: true, examples: mapOf(ref('example')) }),
      not: { required: ['example', 'examples'] },
    },
    example: fields({ summary: text, description: text, value: true }),
    response: fields(
      {
        description: text,
        headers: mapOf(
          fields({ description: text, required: { type: 'boolean' }, schema, example: true }, 'schema'),
        ),
        content: ref('content'),
      },
      'description',
    ),
    components: fields({
      schemas: {
        type: 'object',
        propertyNames: { pattern: '^[a-zA-Z0-9._-]+$' },
        additionalProperties: schema,
      },
      parameters: mapOf(ref('parameter')),
      securitySchemes: mapOf({
        oneOf: [
          fields(
            {
              type: { const: 'apiKey' },
              name: text,
              in: { enum: ['query', 'header', 'cookie'] },
              description: text,
            },
            'type',
            'name',
            'in',
          ),
          fields(
            { type: { const: 'http' }, scheme: text, bearerFormat: text, description: text },
            'type',
            'scheme',
          ),
        ],
      }),
    }),
    securityRequirement: mapOf(listOf(text)),
  },
};
