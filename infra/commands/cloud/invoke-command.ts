import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { catalogue, type ErrorCode } from '../../../shared/errors/catalogue.ts';
import { didYouMean } from '../../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { keySecret, keysOf } from '../../serverless-code-engine/desired/api-keys.ts';
import { secretKeys } from '../../serverless-code-engine/desired/desired-secrets.ts';
import { resourceName } from '../../serverless-code-engine/desired/resource-names.ts';
import type { Service } from '../../service/service.ts';
import { type CommandContext, type Options, type Outcome, textOf } from '../command-outcome.ts';
import { cloudPlace, openProject } from './cloud-place.ts';
import { deployedSecret } from './deployed-secret.ts';

/** Longer than a function may take. */
const patienceMs = 180_000;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Uint8Array<ArrayBuffer> | string;
}

/** `invoke -f <function>`: asks the deployed function over HTTP, as any caller would. */
export async function runInvoke({ options, configuration, env }: CommandContext): Promise<Outcome> {
  const place = cloudPlace(configuration, env);
  const name = textOf(options, 'function') ?? '';
  const { method, path, contentType, body } = await requestOf(place.service, name, options);
  const project = await openProject(place);
  const deployed = resourceName(place.owner, name);
  const url = (await project.get('function', deployed))?.endpoint;
  if (url === undefined) {
    throw new EarshotError('CLOUD_NOT_FOUND', { resource: `function ${deployed}`, received: 'none' });
  }
  const [keyName] = keysOf(place.service.functions[name]!);
  const key =
    keyName === undefined
      ? null
      : await deployedSecret(
          env,
          'EARSHOT_API_KEY',
          project,
          keySecret(place.owner, keyName),
          secretKeys.apiKeys,
        );
  const headers = {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    // A secret may list several keys.
    ...(key === null ? {} : { authorization: `Bearer ${key.split(',')[0]!.trim()}` }),
  };
  const started = performance.now();
  const { status, text } = await answerTo(`${url}${path}`, method, headers, body);
  const seconds = (performance.now() - started) / 1000;
  const answer = jsonOf(text);
  return {
    lines: [
      `${method} ${url}${path}: ${status} in ${seconds.toFixed(2)} s`,
      answer === null ? text : JSON.stringify(answer, null, 2),
    ],
    json: { status, seconds, answer: answer ?? text },
    failure: status >= 200 && status < 299 ? null : failureOf(`${method} ${path}`, status, answer, text),
  };
}

/** With data to the first route that takes POST, without to the first that takes GET. @throws USAGE, DATA_UNREADABLE */
async function requestOf(service: Service, name: string, options: Options): Promise<Request> {
  const routes = (service.functions[name]?.events ?? []).flatMap((event) =>
    'http' in event ? [event.http] : [],
  );
  if (routes.length === 0) {
    const named = Object.entries(service.functions)
      .filter(([, { events }]) => events.some((event) => 'http' in event))
      .map(([one]) => one);
    throw new EarshotError('USAGE', {
      field: '--function',
      expected: `a function with http events: ${named.join(', ')}; events are sent by replay`,
      received: `${JSON.stringify(name)}${didYouMean(name, named)}`,
    });
  }
  const [data, file] = [textOf(options, 'data'), textOf(options, 'path')];
  if (data !== null && file !== null) {
    const [expected, received] = ['one of --data and --path', 'both'];
    throw new EarshotError('USAGE', { field: 'invoke', expected, received });
  }
  const method = data === null && file === null ? 'GET' : 'POST';
  const route = routes.find((one) => [method, '*'].includes(one.method));
  if (route === undefined) {
    throw new EarshotError('USAGE', {
      field: 'invoke',
      expected: method === 'GET' ? '--data <JSON> or --path <file>' : 'neither --data nor --path',
      received: method === 'GET' ? 'neither' : 'one',
    });
  }
  if (data !== null) return { method, path: route.path, contentType: 'application/json', body: data };
  if (file === null) return { method, path: route.path };
  const types: Readonly<Record<string, string>> = { '.json': 'application/json', '.wav': 'audio/wav' };
  const contentType = types[extname(file).toLowerCase()] ?? 'application/octet-stream';
  return { method, path: route.path, contentType, body: await contentOf(file) };
}

async function contentOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(file);
  } catch (cause) {
    const received = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new EarshotError('DATA_UNREADABLE', { file, received }, { cause });
  }
}

async function answerTo(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: Uint8Array<ArrayBuffer> | string | undefined,
): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const received = error instanceof Error ? String(error.cause ?? error.message) : String(error);
    throw new EarshotError('INVOKE_FAILED', { field: `${method} ${url}`, received }, { cause: error });
  }
}

/** A problem document says itself what it is; Code Engine's own refusals do not. */
function failureOf(request: string, status: number, answer: unknown, text: string): EarshotError {
  const { code, path, expected, received } = (answer ?? {}) as Record<string, unknown>;
  if (typeof code === 'string' && Object.hasOwn(catalogue, code)) {
    const details = Object.entries({ path, expected, received }).filter(([, value]) => value !== undefined);
    return new EarshotError(code as ErrorCode, Object.fromEntries(details));
  }
  const meaning = platformStatus[status];
  return new EarshotError('INVOKE_FAILED', {
    field: request,
    expected: '2xx',
    received: `${status}${meaning === undefined ? '' : `, ${meaning}`}: ${text.slice(0, 200)}`,
  });
}

/** Statuses that Code Engine itself answers with. */
const platformStatus: Readonly<Record<number, string>> = {
  299: 'the function took longer than its timeout',
  413: 'the request is above 5 MB',
  416: 'the answer is above 5 MB',
  422: 'the code of the function is not valid',
  429: 'too many requests for the project',
  503: 'no instance could be started',
  507: 'no instance could be started',
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
