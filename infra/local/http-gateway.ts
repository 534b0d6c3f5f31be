import { createServer, type Server } from 'node:http';
import type { CodeEngineParams, CodeEngineResult } from '../../shared/http/code-engine-function.ts';
import { problemResult } from '../../shared/http/problem.ts';
import { requestIdOf } from '../../shared/http/request-id.ts';
import { problemOfProtocol } from '../../shared/protocols/problem-of-protocol.ts';
import { answerOf, maxBodyBytes, paramsOf } from './code-engine-http.ts';
import { pathOf, readBody } from './node-http.ts';
import type { LocalRoutes } from './pipeline/pipeline-routes.ts';

/** Bytes; beyond what functions refuse themselves, so that their answer is told and not a bare 431 of Node.js. */
const maxHeaderSize = 128 * 1024;

/**
 * The public URL of a function: turns HTTP into `main(params)` and back by Code Engine's documented rules, base64
 * included, with its limits.
 *
 * @param local what the platform itself answers, before the function is asked
 */
export function createHttpGateway(
  invoke: (params: CodeEngineParams) => Promise<CodeEngineResult>,
  onLog: (line: string) => void,
  local: LocalRoutes = async () => false,
): Server {
  return createServer({ maxHeaderSize }, async (request, response) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    try {
      if (await local(request, response)) return;
      const params = paramsOf(request, await readBody(request, maxBodyBytes), requestId);
      const { status, headers, body } = answerOf(await invoke(params));
      response.writeHead(status, { ...headers, 'x-request-id': requestId }).end(body);
    } catch (error) {
      onLog(`${requestId} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      const problem = problemOfProtocol(problemResult(error, requestId), { path: pathOf(request) });
      response.writeHead(problem.statusCode, { ...problem.headers, 'x-request-id': requestId });
      response.end(problem.body);
    }
  });
}
