import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CodeEngineParams, CodeEngineResult } from '../../shared/http/code-engine-function.ts';
import { isPlainText } from '../../shared/http/code-engine-function.ts';
import { problemResult } from '../../shared/http/problem.ts';
import { readBody } from './node-http.ts';

/** Bytes of a request and of an answer, as Code Engine limits a function. */
const maxBytes = 5 * 1024 * 1024;

/**
 * The public URL of a function: turns HTTP into `main(params)` and back by Code Engine's documented rules, base64
 * included, with its limits.
 */
export function createHttpGateway(
  invoke: (params: CodeEngineParams) => Promise<CodeEngineResult>,
  onLog: (line: string) => void,
): Server {
  return createServer(async (request, response) => {
    const requestId = String(request.headers['x-request-id'] ?? randomUUID());
    const answer = (status: number, headers: Record<string, string>, body: Uint8Array | string) => {
      response.writeHead(status, { ...headers, 'x-request-id': requestId });
      response.end(body);
    };
    try {
      const result = await invoke(await paramsOf(request, requestId));
      const body = bytesOf(result);
      if (body.length > maxBytes) {
        throw new EarshotError('INTERNAL_FAULT', {
          expected: `at most ${maxBytes} bytes`,
          received: `${body.length}`,
        });
      }
      answer(result.statusCode, result.headers, body);
    } catch (error) {
      onLog(`${requestId} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      const problem = problemResult(error, requestId);
      answer(problem.statusCode, { ...problem.headers, connection: 'close' }, problem.body);
    }
  });
}

async function paramsOf(request: IncomingMessage, requestId: string): Promise<CodeEngineParams> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await readBody(request, maxBytes);
  const headers: Record<string, string> = { 'X-Request-Id': requestId };
  for (const [name, value] of Object.entries(request.headers)) {
    headers[canonical(name)] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  const encoding = isPlainText(request.headers['content-type']) ? 'utf8' : 'base64';
  return {
    __ce_method: request.method ?? 'GET',
    __ce_path: url.pathname,
    __ce_query: url.search.slice(1),
    __ce_headers: headers,
    ...(body.length === 0 ? {} : { __ce_body: Buffer.from(body).toString(encoding) }),
  };
}

function bytesOf({ headers, body }: CodeEngineResult): Uint8Array {
  const type = headers['content-type'];
  if (typeof body !== 'string') return Buffer.from(JSON.stringify(body));
  return Buffer.from(body, isPlainText(type) ? 'utf8' : 'base64');
}

/** `content-type` → `Content-Type`. */
const canonical = (name: string) => name.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
