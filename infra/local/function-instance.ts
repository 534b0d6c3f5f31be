import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CodeEngineParams, CodeEngineResult } from '../../shared/http/code-engine-function.ts';

export interface InstanceSettings {
  readonly name: string;
  /** The function's bundle. */
  readonly bundle: string;
  /** Folder of function-host.mjs. */
  readonly hostFolder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly onLog: (line: string) => void;
}

type Reply = { id?: number; result?: CodeEngineResult; fault?: string; rss?: number; ready?: boolean };
type Waiting = {
  resolve: (result: CodeEngineResult) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
};

/** One instance of a function in a process of its own, ended when it takes too long or too much memory. */
export class FunctionInstance {
  private readonly child: ChildProcess;
  private readonly settings: InstanceSettings;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  /** False once it is ended or ending: it takes no further invocation. */
  alive = true;

  constructor(settings: InstanceSettings) {
    this.settings = settings;
    this.child = fork(path.join(settings.hostFolder, 'function-host.mjs'), [settings.bundle], {
      env: { ...settings.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [`--max-old-space-size=${Math.floor(settings.memoryBytes / 1024 ** 2)}`],
      serialization: 'advanced',
    });
    for (const stream of [this.child.stdout, this.child.stderr]) forEachLine(stream!, settings.onLog);
    this.child.on('message', (reply: Reply) => this.receive(reply));
    this.child.on('exit', (code, signal) => this.ended(`ended with ${signal ?? `code ${code}`}`));
    this.child.on('error', (error) => this.ended(error.message));
  }

  get busy(): number {
    return this.waiting.size;
  }

  /** @throws FUNCTION_TIMED_OUT, FUNCTION_CRASHED */
  invoke(params: CodeEngineParams): Promise<CodeEngineResult> {
    const id = this.nextId++;
    const { name, timeoutMs } = this.settings;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const expected = `an answer within ${timeoutMs / 1000} s`;
        this.settle(id)?.reject(
          new EarshotError('FUNCTION_TIMED_OUT', { field: name, expected, received: 'none' }),
        );
        this.end('another invocation ran into the time limit');
      }, timeoutMs);
      this.waiting.set(id, { resolve, reject, timer });
      this.child.send({ id, params });
    });
  }

  end(reason: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.child.kill('SIGKILL');
    this.failAll(reason);
  }

  private receive({ id, result, fault, rss }: Reply): void {
    if (rss !== undefined && rss > this.settings.memoryBytes) {
      this.end(`used ${Math.round(rss / 1e6)} MB of ${Math.round(this.settings.memoryBytes / 1e6)} MB`);
    }
    if (id === undefined) return;
    const waiting = this.settle(id);
    if (result !== undefined) waiting?.resolve(result);
    else waiting?.reject(this.crash(fault ?? 'no result'));
  }

  private ended(reason: string): void {
    this.alive = false;
    this.failAll(reason);
  }

  private failAll(reason: string): void {
    for (const id of [...this.waiting.keys()]) this.settle(id)?.reject(this.crash(reason));
  }

  private crash(received: string): EarshotError {
    return new EarshotError('FUNCTION_CRASHED', {
      field: this.settings.name,
      expected: 'an answer',
      received,
    });
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}

/** Calls `onLine` for every line of a child's output. */
export function forEachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
