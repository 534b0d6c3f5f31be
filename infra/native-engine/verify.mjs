import { fileURLToPath } from 'node:url';
import { howItEnded, run } from './run-command.mjs';

const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url));
const tolerance = 1e-5;

/** Asks a fresh process whether the native engine works: `{ ok, reason, facts }`; `reason` only if not ok. */
export async function verify() {
  const result = await run(process.execPath, [probe], { timeoutMs: 120_000 });
  if (!result.ok) return { ok: false, reason: reasonOf(result) };
  const facts = JSON.parse(result.output.split('\n').find((line) => line.startsWith('{')) ?? '{}');
  if (facts.backend !== 'tensorflow') return { ok: false, reason: `the backend is ${facts.backend}` };
  if (!(facts.matMulError <= tolerance)) {
    return { ok: false, reason: `a matrix product is wrong by ${facts.matMulError} (allowed: ${tolerance})` };
  }
  if (!(facts.loss.after < facts.loss.before)) {
    return {
      ok: false,
      reason: `an Adam step did not lower the loss: ${facts.loss.before} → ${facts.loss.after}`,
    };
  }
  return { ok: true, facts };
}

function reasonOf(result) {
  if (/native addon module .* can not be found/.test(result.output)) return 'its native addon is not there';
  if (result.signal === 'SIGILL' || /was compiled to use \w+ instructions/.test(result.output)) {
    return 'this processor lacks instructions that TensorFlow was compiled for (AVX)';
  }
  const error = result.output
    .split('\n')
    .find((line) => /^(\w*Error|.*cannot open shared object)/.test(line));
  return error ?? howItEnded(result);
}

export function describe({ tensorflow, tfjsNode, matMulError, loss }) {
  return [
    `TensorFlow ${tensorflow} under @tensorflow/tfjs-node ${tfjsNode}`,
    `matrix product within ${matMulError.toExponential(1)} of plain JavaScript`,
    `one Adam step lowers the loss ${loss.before.toFixed(4)} → ${loss.after.toFixed(4)}`,
  ].join('; ');
}
