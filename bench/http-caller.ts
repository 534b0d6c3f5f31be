import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Posts JSON to `/predict` over connections that stay open. */
export class HttpCaller {
  private readonly agent: Agent;
  private readonly url: URL;

  constructor(url: string, connections: number) {
    this.url = new URL('/predict', url);
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  post(body: Buffer): Promise<Answer> {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const asked = request(this.url, { method: 'POST', agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString() });
        });
        response.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  /** Milliseconds of each of the requests, one after another. @throws when one is not answered with 200 */
  async latencies(bodies: readonly Buffer[]): Promise<number[]> {
    const taken: number[] = [];
    for (const body of bodies) {
      const began = performance.now();
      expectGood(await this.post(body));
      taken.push(performance.now() - began);
    }
    return taken;
  }

  /** Requests a second with so many at once. @throws when one is not answered with 200 */
  async throughput(bodies: readonly Buffer[], atOnce: number): Promise<number> {
    const waiting = [...bodies];
    const client = async () => {
      for (let body = waiting.pop(); body !== undefined; body = waiting.pop())
        expectGood(await this.post(body));
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: atOnce }, client));
    return (1000 * bodies.length) / (performance.now() - began);
  }

  close(): void {
    this.agent.destroy();
  }
}

function expectGood({ status, body }: Answer): void {
  if (status !== 200) throw new Error(`answered with ${status}: ${body.slice(0, 500)}`);
}
