import type * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { change, checkedBody, create, read, remove } from './calls.ts';
import type { CodeEngineProject } from './client.ts';
import { listAll } from './code-engine-list.ts';
import { type Place, urlOf } from './code-engine-place.ts';
import { reflects } from './reflects.ts';
import { type Actual, type ChangeableKind, type KindName, kinds } from './resources.ts';
import { projectStatusAnswer } from './schemas/project.ts';
import { readUntil, waitUntilReady } from './wait.ts';

/** `config map settings` */
const described = (kind: KindName, name: string) => `${kind.replace('_', ' ')} ${name}`;

/** The values of a secret's body, which no message may show. */
function secretsIn(kind: KindName, body: object): { readonly secrets?: readonly string[] } {
  if (kind !== 'secret') return {};
  const { data } = body as { readonly data?: unknown };
  const values = typeof data === 'object' && data !== null ? Object.values(data) : [];
  return { secrets: values.filter((value) => typeof value === 'string') };
}

/** Types of a table's row are those of its key; what is read is checked by the row's own schema. */
const answerOf = <K extends KindName>(kind: K) => kinds[kind].answer as z.ZodType as z.ZodType<Actual<K>>;

export function codeEngineProject(place: Place, id: string): CodeEngineProject {
  const { connection } = place;
  const root = `/projects/${encodeURIComponent(id)}`;
  const collectionOf = (kind: KindName) => `${root}/${kinds[kind].collection}`;
  const urlOfOne = (kind: KindName, name: string) =>
    urlOf(place, `${collectionOf(kind)}/${encodeURIComponent(name)}`);

  const get = <K extends KindName>(kind: K, name: string, hidden = {}): Promise<Actual<K> | null> =>
    read(connection, {
      url: urlOfOne(kind, name),
      resource: described(kind, name),
      answer: answerOf(kind),
      ...hidden,
    });

  /** What a call without an answer left behind, when it is what was sent. */
  const effectOf =
    <K extends KindName>(kind: K, name: string, sent: object) =>
    async () => {
      const there = await get(kind, name, secretsIn(kind, sent));
      if (there === null || reflects(sent, there)) return there;
      const received = 'another one than was sent';
      throw new EarshotError('CLOUD_CONFLICT', { resource: described(kind, name), received });
    };

  return {
    id,
    async statusDetails() {
      const resource = `project ${id}`;
      const url = urlOf(place, `${root}/status_details`);
      const details = await read(connection, { url, resource, answer: projectStatusAnswer });
      if (details === null) throw new EarshotError('CLOUD_NOT_FOUND', { resource });
      return details;
    },
    list: (kind, query) =>
      listAll(place, {
        path: collectionOf(kind),
        items: kinds[kind].collection,
        answer: answerOf(kind),
        query: { ...query },
      }),
    get: (kind, name) => get(kind, name),
    async create(kind, body) {
      const { name } = body;
      const resource = described(kind, name);
      const secrets = secretsIn(kind, body);
      return create(connection, {
        url: urlOf(place, collectionOf(kind)),
        resource,
        ...secrets,
        body: checkedBody(kinds[kind].request, body, { resource, ...secrets }),
        answer: answerOf(kind),
        effect: effectOf(kind, name, body),
      });
    },
    async update(kind, name, entityTag, changed) {
      const sent = changed as object;
      const resource = described(kind, name);
      const secrets = secretsIn(kind, sent);
      const { method, schema } = kinds[kind as ChangeableKind].change;
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      return change(connection, method, {
        url: urlOfOne(kind, name),
        resource,
        ...secrets,
        headers: { 'content-type': type, 'if-match': entityTag },
        body: checkedBody(schema, sent, { resource, ...secrets }),
        answer: answerOf(kind),
        effect: effectOf(kind, name, sent),
      });
    },
    remove: (kind, name) => remove(connection, urlOfOne(kind, name), described(kind, name)),
    waitUntilReady: (kind, name, options) =>
      waitUntilReady(connection, kind, described(kind, name), () => get(kind, name), options),
    async waitUntilGone(kind, name, options) {
      const read = () => get(kind, name);
      const isGone = (actual: unknown) => (actual === null ? true : undefined);
      await readUntil(connection, described(kind, name), 'it to be gone', read, isGone, options);
    },
  };
}
