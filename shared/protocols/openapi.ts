import * as z from 'zod';
import { jsonResult } from '../http/http-event.ts';
import type { ServedModel } from '../inference/clips.ts';
import { soundTypes } from './any-body.ts';
import { formType, soundField } from './multipart-form.ts';
import { answersOf, problemAnswers, security, securitySchemes } from './openapi-answers.ts';
import { audiosetShape, Components, type DocumentedModel } from './openapi-components.ts';
import { rawFramesType, tfRecordTypes } from './read-body.ts';
import type { Operation, Route } from './route.ts';
import { namesIn } from './route-table.ts';

/** The document of the API (OpenAPI 3.1), made of the schemas that read the requests. */
export function openApiDocument(routes: readonly Route[], model: DocumentedModel) {
  const components = new Components(model);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operationOf(route, components, model);
  }
  const responses = problemAnswers(components);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Earshot',
      version: '1',
      description: 'What is heard in clips of audio embeddings.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security,
    paths,
    components: {
      schemas: components.schemas,
      responses,
      securitySchemes,
    },
  };
}

function operationOf(route: Route, components: Components, model: DocumentedModel) {
  const { path, open, operation } = route;
  const { id, protocol, summary, query, body, clips } = operation;
  return {
    operationId: id,
    tags: [protocol],
    summary,
    parameters: [
      ...namesIn(path).map((name) => ({ name, in: 'path', required: true, schema: valuesOf(name, model) })),
      ...(query === undefined ? [] : queryParameters(query, components)),
    ],
    ...(body === undefined ? {} : { requestBody: bodyOf(body, clips === true, components) }),
    ...(open ? { security: [] } : {}),
    responses: answersOf(route, components),
  };
}

function valuesOf(name: string, { names, versions }: DocumentedModel) {
  const known = { model: names, version: versions, label: ['stable'] }[name] ?? null;
  return { type: 'string', ...(known === null ? {} : { enum: known }) };
}

function queryParameters(query: z.ZodObject, components: Components) {
  return Object.entries(query.shape).map(([name, type]) => {
    const { description, ...schema } = components.schemaOf(type as z.ZodType, 'input');
    const required = !(type as z.ZodType).safeParse(undefined).success;
    return { name, in: 'query', required, description, schema };
  });
}

function bodyOf(body: z.ZodType, clips: boolean, components: Components) {
  const json = { 'application/json': { schema: components.schemaOf(body, 'input') } };
  const types = clips ? [...tfRecordTypes, rawFramesType, ...soundTypes] : [];
  const bytes = Object.fromEntries(types.map((type) => [type, {}]));
  const form = clips ? { [formType]: { schema: formSchema } } : {};
  return { required: true, content: { ...json, ...bytes, ...form } };
}

/** What is in the query may stand in its other fields. */
const formSchema = {
  type: 'object',
  properties: { [soundField]: { type: 'string', format: 'binary', description: 'A WAV file.' } },
  required: [soundField],
};

function modelOf({ name, version, saved }: ServedModel): DocumentedModel {
  const { spec, preprocessing, labels } = saved;
  return {
    width: spec.width,
    maxFrames: spec.maxFrames,
    dtype: preprocessing.dtype,
    names: [name],
    versions: [version],
    labels: [...new Set(labels.flatMap(({ mid, displayName }) => [mid, displayName]))],
  };
}

const path = '/openapi.json';
const operation: Operation = {
  id: 'openApi',
  protocol: 'Earshot',
  summary: 'This document, about the model that is served; without one, about any of the shape of AudioSet.',
  answer: z.looseObject({ openapi: z.string() }),
};

/** The routes, and `GET /openapi.json` of them all. */
export function documented(routes: readonly Route[]): readonly Route[] {
  const self: Route = {
    method: 'GET',
    path,
    operation,
    async handle({ serving }) {
      const model = await serving.use({}, async (served) => modelOf(served)).catch(() => audiosetShape);
      return jsonResult(200, openApiDocument(all, model));
    },
  };
  const all = [...routes, self];
  return all;
}
