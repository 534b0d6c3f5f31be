import { beforeAll, describe, expect, it } from 'vitest';
import { inferRoutes } from '../../../shared/protocols/routes.ts';
import { smallModel } from '../../fixtures/published-model.ts';
import { type Served, serve } from '../../fixtures/served.ts';
import { answerTo } from '../../functions/infer/ask-main.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes, which the expectations name
let document: any;
let served: Served;

beforeAll(async () => {
  served = await serve(smallModel(1));
  document = (await answerTo(served.main, { path: '/openapi.json', method: 'GET' })).answer;
});

/** Every value of a property, wherever it stands. */
function valuesOf(name: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name ? [inner] : []),
    ...valuesOf(name, inner),
  ]);
}

describe('the document of the API', () => {
  it('has every route, and each operation has a name of its own', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const { path, method } of inferRoutes) {
      expect(document.paths[path]).toHaveProperty(method.toLowerCase());
    }
    const names = valuesOf('operationId', document.paths);
    expect(new Set(names).size).toBe(inferRoutes.length);
  });

  it('refers to nothing that is not in it', () => {
    const references = valuesOf('$ref', document) as string[];
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      const found = reference
        .slice('#/'.length)
        .split('/')
        .reduce((inner, key) => inner?.[key], document);
      expect(found, reference).toBeDefined();
    }
  });

  it('is about the model that is served', () => {
    const { Frames, LabelName } = document.components.schemas;
    expect(Frames.oneOf[0].items).toMatchObject({ minItems: 6, maxItems: 6, items: { maximum: 255 } });
    expect(LabelName.enum).toContain('Bell, struck');
    const [model] = document.paths['/v2/models/{model}/infer'].post.parameters;
    expect(model).toEqual({
      name: 'model',
      in: 'path',
      required: true,
      schema: { type: 'string', enum: ['small'] },
    });
  });

  it('says how a key is shown, which routes want none, and what is answered without one', () => {
    const { securitySchemes } = document.components;
    expect(securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(securitySchemes.apiKey).toMatchObject({ type: 'apiKey', in: 'header', name: 'x-api-key' });
    expect(document.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
    for (const { path, method, open, operation } of inferRoutes) {
      const { security, responses } = document.paths[path][method.toLowerCase()];
      expect([path, security], path).toEqual([path, open ? [] : undefined]);
      const statuses = Object.keys(responses);
      expect(statuses.includes('401'), path).toBe(!open);
      expect(statuses, path).toEqual(expect.arrayContaining(['200', '503', 'default']));
      if (operation.clips) expect(statuses, path).toEqual(expect.arrayContaining(['413', '415', '429']));
    }
    for (const status of ['429', '503']) {
      expect(document.components.responses[`Problem${status}`].headers).toHaveProperty('retry-after');
    }
  });

  it('has the problems of MAX-Audio-Classifier as its clients know them', () => {
    const { responses } = document.paths['/model/predict'].post;
    expect(responses['401']).toEqual({ $ref: '#/components/responses/MaxProblem401' });
    expect(document.components.schemas.MaxProblem.properties.status).toMatchObject({ const: 'error' });
    expect(document.components.schemas.MaxProblem.required).toContain('message');
  });

  it('says what is no JSON', () => {
    expect(Object.keys(document.paths['/metrics'].get.responses['200'].content)).toEqual(['text/plain']);
  });
});
