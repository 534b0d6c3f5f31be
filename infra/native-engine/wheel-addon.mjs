import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { howItEnded, run, runNpm, SetupError, seconds, tail } from './run-command.mjs';
import { clearNativeHalf, clearObjects, findAddon, packageScriptEnvironment } from './tfjs-node-package.mjs';
import { wheel, wheelCache } from './wheel-source.mjs';

/** Lays the cached libraries and headers out where the addon looks for them. */
export function placeLibraries(tfjsNode) {
  clearNativeHalf(tfjsNode);
  mkdirSync(tfjsNode.libraries, { recursive: true });
  const unpacked = path.join(wheelCache, 'tensorflow');
  for (const name of Object.keys(wheel.libraries)) {
    linkOrCopy(path.join(unpacked, name), path.join(tfjsNode.libraries, name));
  }
  const [whole, framework] = Object.keys(wheel.libraries);
  symlinkSync(whole, path.join(tfjsNode.libraries, 'libtensorflow.so'));
  symlinkSync(framework, path.join(tfjsNode.libraries, 'libtensorflow_framework.so'));
  // With this name there, a later `npm rebuild` compiles against these libraries instead of downloading others.
  symlinkSync(whole, path.join(tfjsNode.libraries, tfjsNode.libraryName));
  cpSync(path.join(unpacked, 'include'), path.join(tfjsNode.dependencies, 'include'), { recursive: true });
  cpSync(
    path.join(unpacked, 'THIRD_PARTY_NOTICES.txt'),
    path.join(tfjsNode.dependencies, 'THIRD_PARTY_NOTICES.txt'),
  );
}

/** A hard link costs nothing and outlives the cache; across file systems it has to be a copy. */
function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

/** Node-API keeps addons valid across Node versions, so the newest Node-API version both sides know is the key. */
function cachedAddonFolder(tfjsNode) {
  const napi = Math.min(8, Number(process.versions.napi));
  const key = `tfjs-node-${tfjsNode.version}-napi-v${napi}-${process.platform}-${process.arch}`;
  return path.join(wheelCache, 'addons', key);
}

/** Puts the addon built earlier back; false if there is none. */
export function restoreAddon(tfjsNode) {
  const cached = cachedAddonFolder(tfjsNode);
  if (!existsSync(cached)) return false;
  cpSync(cached, tfjsNode.addons, { recursive: true });
  return true;
}

export function forgetAddon(tfjsNode) {
  rmSync(cachedAddonFolder(tfjsNode), { recursive: true, force: true });
}

export function keepAddon(tfjsNode) {
  cpSync(tfjsNode.addons, cachedAddonFolder(tfjsNode), { recursive: true });
}

/** Compiles the addon with the package's own script; npm brings node-gyp. */
export async function buildAddon(tfjsNode, say) {
  await requireCompiler();
  const started = performance.now();
  const result = await runNpm(['run', 'build-addon-from-source'], {
    cwd: tfjsNode.root,
    env: packageScriptEnvironment(),
    timeoutMs: 600_000,
  });
  clearObjects(tfjsNode);
  if (!result.ok || !findAddon(tfjsNode)) {
    throw new SetupError(
      'The addon that joins Node.js to TensorFlow could not be compiled.',
      `${howItEnded(result)}\n${tail(result, 20)}`,
      "if Node's headers are what is missing and they cannot be downloaded, install them (on Debian: apt-get install " +
        'libnode-dev) and set npm_config_nodedir to the folder above include/node',
    );
  }
  say(`addon compiled in ${seconds(started)}`);
}

async function requireCompiler() {
  const missing = [];
  for (const tool of [process.env['CXX'] || 'c++', 'make', 'python3']) {
    if (!(await run(tool, ['--version'], { timeoutMs: 30_000 })).ok) missing.push(tool);
  }
  if (missing.length === 0) return;
  throw new SetupError(
    'The addon that joins Node.js to TensorFlow cannot be compiled.',
    `not installed: ${missing.join(', ')}`,
    'install a C++ compiler, make and Python (on Debian: apt-get install g++ make python3) and run `npm run setup:native` again',
  );
}
