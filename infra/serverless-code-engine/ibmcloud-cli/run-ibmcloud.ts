import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** Runs the `ibmcloud` command line. */
export interface IbmCloudCli {
  /** What it printed. @throws CLI_MISSING, CLI_FAILED with its last words */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** What it printed, as JSON. @throws as `run`; CLI_FAILED when it is none */
  json(args: readonly string[]): Promise<unknown>;
  /** Tells each line when it is printed, for as long as it takes. @throws as `run` */
  lines(args: readonly string[], onLine: (line: string) => void): Promise<void>;
}

export interface RunOptions {
  /** What no error may show, whether it stands in the arguments or in what the command line said. */
  readonly secret?: string;
}

export interface IbmCloudCliOptions {
  /** Default: `ibmcloud` on the PATH. */
  readonly executable?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const patienceMs = 300_000;
const mostWords = 2000;

/** Without a shell: arguments reach the program as they are. */
export function openIbmCloudCli({ executable = 'ibmcloud', env }: IbmCloudCliOptions): IbmCloudCli {
  const settings = { ...env, IBMCLOUD_COLOR: 'false', IBMCLOUD_VERSION_CHECK: 'false' };
  const run = async (args: readonly string[], { secret = '' }: RunOptions = {}) => {
    const { code, stdout, stderr } = await ended(executable, args, settings);
    if (code === 0) return stdout;
    throw failed(args, `exit code ${code}`, `${stderr}\n${stdout}`, secret);
  };
  return {
    run,
    async json(args) {
      const text = await run(args);
      try {
        // The first lines may tell what it does.
        const start = text.search(/^[[{]|^null$/m);
        return JSON.parse(start < 0 ? text : text.slice(start));
      } catch {
        // It may hold secrets.
        throw failed(args, 'something that is no JSON', '');
      }
    },
    async lines(args, onLine) {
      const child = spawn(executable, args, { env: settings, stdio: ['ignore', 'pipe', 'pipe'] });
      let words = '';
      child.stderr.setEncoding('utf8').on('data', (text) => (words = `${words}${text}`.slice(-mostWords)));
      const closed = new Promise<number | null>((resolve, reject) => {
        child.on('error', (error) => reject(missing(executable, error)));
        child.on('close', resolve);
      });
      closed.catch(() => {});
      for await (const line of createInterface({ input: child.stdout })) onLine(line);
      const code = await closed;
      if (code !== 0) throw failed(args, `exit code ${code}`, words);
    },
  };
}

function ended(
  executable: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: patienceMs });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', (error) => reject(missing(executable, error)));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function missing(executable: string, cause: unknown): EarshotError {
  return new EarshotError('CLI_MISSING', { file: executable, received: String(cause) }, { cause });
}

function failed(args: readonly string[], received: string, words: string, secret = ''): EarshotError {
  const withoutSecret = (text: string) => (secret === '' ? text : text.replaceAll(secret, '***'));
  const findings = withoutSecret(words)
    .slice(-mostWords)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-8);
  return new EarshotError('CLI_FAILED', {
    field: withoutSecret(`ibmcloud ${args.join(' ')}`),
    expected: 'exit code 0',
    received,
    findings,
  });
}
