import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SetupError } from './run-command.mjs';

const require = createRequire(import.meta.url);

/** Where `@tensorflow/tfjs-node` is, what it is, and the places its native half goes. */
export function findPackage() {
  let manifestFile;
  try {
    manifestFile = require.resolve('@tensorflow/tfjs-node/package.json');
  } catch {
    throw new SetupError(
      'The package @tensorflow/tfjs-node is not installed.',
      'it is an optional dependency, and npm left it out (`--omit=optional`, or an install that failed)',
      'run `npm ci` in the project, then `npm run setup:native` again',
    );
  }
  const root = path.dirname(manifestFile);
  const manifest = require(manifestFile);
  // The name whose presence tells the package's own install script that nothing needs to be downloaded.
  const { depsLibTensorFlowName } = require(path.join(root, 'scripts/deps-constants.js'));
  return {
    root,
    version: manifest.version,
    addonHost: manifest.binary.host,
    libraryName: depsLibTensorFlowName,
    dependencies: path.join(root, 'deps'),
    libraries: path.join(root, 'deps/lib'),
    addons: path.join(root, 'lib'),
  };
}

/** Takes the native half away: what remains is the package as `npm ci` leaves it. */
export function clearNativeHalf(tfjsNode) {
  clearObjects(tfjsNode);
  for (const folder of [tfjsNode.dependencies, tfjsNode.addons]) {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes away what compiling left behind: `build`, and node-pre-gyp's `build-tmp-napi-v8`. */
export function clearObjects({ root }) {
  for (const name of readdirSync(root)) {
    if (/^build($|-tmp-)/.test(name)) rmSync(path.join(root, name), { recursive: true, force: true });
  }
}

/** The built addon, or undefined; its folder is named by the Node-API version it was built for. */
export function findAddon(tfjsNode) {
  if (!existsSync(tfjsNode.addons)) return undefined;
  return readdirSync(tfjsNode.addons)
    .map((folder) => path.join(tfjsNode.addons, folder, 'tfjs_binding.node'))
    .find((file) => existsSync(file));
}

/** Scripts of the package run although the project says `ignore-scripts`, and find Node's headers if they are here. */
export function packageScriptEnvironment() {
  const environment = { npm_config_ignore_scripts: 'false' };
  const prefix = path.dirname(path.dirname(realpathSync(process.execPath)));
  const named = process.env['npm_config_nodedir'];
  if (!named && existsSync(path.join(prefix, 'include/node/node.h'))) {
    environment.npm_config_nodedir = prefix;
  }
  return environment;
}
