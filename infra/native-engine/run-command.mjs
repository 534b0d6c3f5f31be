import { spawn } from 'node:child_process';
import path from 'node:path';

/** A failure told the way every Earshot failure is: what, why, and what to do about it. */
export class SetupError extends Error {
  constructor(what, cause, remedy) {
    super(`${what}\n  cause:  ${cause}\n  remedy: ${remedy}`);
    this.name = 'SetupError';
  }
}

const running = new Set();

// Children lead their own process group, so that a timeout ends a whole npm → node-gyp → compiler tree;
// the price is that Ctrl-C must be handed on.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) endTree(child);
    process.exit(1);
  });
}

function endTree(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended between the decision and the signal.
  }
}

/** Runs to the end, never throws: `{ ok, code, signal, timedOut, missing, output }`, output both streams. */
export function run(command, args, { cwd, env, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    running.add(child);
    const result = { ok: false, code: null, signal: null, timedOut: false, missing: false, output: '' };
    const collect = (chunk) => {
      result.output = (result.output + chunk).slice(-200_000);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    const timer = setTimeout(() => {
      result.timedOut = true;
      endTree(child);
    }, timeoutMs);
    const finish = (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ ...result, ok: code === 0, code, signal });
    };
    child.on('error', (error) => {
      result.missing = error.code === 'ENOENT';
      result.output += String(error);
      finish(null, null);
    });
    child.on('close', finish);
  });
}

/** npm as the user runs it: the one that started us, else the one on the path. */
export function runNpm(args, options) {
  const started = process.env['npm_execpath'] ?? '';
  return path.basename(started) === 'npm-cli.js'
    ? run(process.execPath, [started, ...args], options)
    : run('npm', args, options);
}

/** One line that says how a command ended. */
export function howItEnded(result) {
  if (result.missing) return 'the command is not installed';
  if (result.timedOut) return 'it did not finish in time and was ended';
  if (result.signal) return `it was killed by ${result.signal}`;
  return `exit code ${result.code}`;
}

/** The last lines of a command's output, indented, for a failure message. */
export function tail(result, lines = 12) {
  const kept = result.output.trimEnd().split('\n').slice(-lines);
  return kept.map((line) => `    | ${line}`).join('\n');
}

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
