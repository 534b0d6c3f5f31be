import { createServer } from 'node:http';
import { listenOnLoopback } from '../infra/local/node-http.ts';

/** A Node server that reads each body and answers the same: what HTTP alone costs. Prints its URL; ends with its input. */
export async function main(): Promise<number> {
  const prediction = { label_id: '/m/09x0r', label: 'Speech', probability: 0.5 };
  const answer = JSON.stringify({ clips: [{ id: null, predictions: Array(5).fill(prediction) }] });
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    });
  });
  console.log(`http://127.0.0.1:${await listenOnLoopback(server, 0)}`);
  await new Promise((resolve) => process.stdin.resume().on('end', resolve));
  server.close();
  server.closeAllConnections();
  return 0;
}
