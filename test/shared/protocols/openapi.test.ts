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
});
