import type { Server } from 'node:http';
import { createHttpGateway } from '../../infra/local/http-gateway.ts';
import { listenOnLoopback } from '../../infra/local/node-http.ts';
import type { Environment } from '../../shared/config/settings.ts';
import type { SavedModelFiles } from '../../shared/model/saved-model.ts';
import type { Serving } from '../../shared/protocols/route.ts';
import type { EvaluatedClips } from '../../shared/search/evaluated-clips.ts';
import { type Served, serve } from '../fixtures/served.ts';

export interface InferServer extends Served {
  readonly url: string;
  close(): void;
}

/** All routes of infer on a model, on a port of this machine, as the local platform puts a function behind its gateway. */
export async function startInferServer(
  files: SavedModelFiles,
  evaluated?: EvaluatedClips,
  env: Environment = {},
  sound?: Serving['sound'],
): Promise<InferServer> {
  const served = await serve(files, evaluated, env, sound);
  const server: Server = createHttpGateway(served.main, (line) => console.error(line));
  const port = await listenOnLoopback(server, 0);
  return {
    ...served,
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
