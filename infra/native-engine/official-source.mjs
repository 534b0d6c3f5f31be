import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { howItEnded, megabytes, runNpm, seconds, tail } from './run-command.mjs';
import { clearNativeHalf, packageScriptEnvironment } from './tfjs-node-package.mjs';

const connectTimeoutMs = 5_000;
const installTimeoutMs = 300_000;

/** Lets the package fetch its official binary: `{ ok, said }`. The package is clean again if that fails. */
export async function installOfficial(tfjsNode) {
  const started = performance.now();
  const unreachable = await whyUnreachable(tfjsNode);
  if (unreachable) return { ok: false, said: unreachable };
  const result = await runNpm(['run', 'install'], {
    cwd: tfjsNode.root,
    env: packageScriptEnvironment(),
    timeoutMs: installTimeoutMs,
  });
  if (!result.ok) {
    clearNativeHalf(tfjsNode);
    return {
      ok: false,
      said: `the package's install script failed (${howItEnded(result)})\n${tail(result)}`,
    };
  }
  const library = path.join(tfjsNode.libraries, tfjsNode.libraryName);
  const sha256 = createHash('sha256').update(readFileSync(library)).digest('hex');
  return {
    ok: true,
    said:
      `${tfjsNode.libraryName}, ${megabytes(statSync(library).size)}, sha256 ${sha256}, ${seconds(started)}. ` +
      'No checksum is published for it: what is trusted is the TLS connection to its host.',
  };
}

/** The install script sets no timeout, so a network that drops packets would hold it: ask its host first. */
async function whyUnreachable(tfjsNode) {
  const { env } = process;
  const proxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => env[name]);
  if (proxied) return undefined; // The script goes through the proxy, fetch() does not; its own time limit remains.
  const host = new URL(
    env['TFJS_NODE_BASE_URI'] ?? env['TFJS_NODE_CDN_STORAGE'] ?? env['CDN_STORAGE'] ?? tfjsNode.addonHost,
  );
  try {
    await fetch(host.origin, { method: 'HEAD', signal: AbortSignal.timeout(connectTimeoutMs) });
    return undefined;
  } catch (error) {
    const why = error.cause?.code ?? error.name;
    return `its host, ${host.host}, cannot be reached (${why})`;
  }
}
