import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Loaded where it is there, by a name that esbuild does not see. */
const loadedByName = '@node-rs/crc32';

/** Files that packages find by name when they run. */
const foundByName = [
  /^node_modules\/@tensorflow\/tfjs-node\/lib\//,
  /^node_modules\/@tensorflow\/tfjs-backend-wasm\/dist\/[\w-]+\.wasm$/,
];

/**
 * The files of installed packages that a bundle loads when it runs, of some 300 MB that are installed some 12 MB; without
 * the libraries of the native engine, which the Dockerfile copies: they are a layer of their own.
 *
 * @param root folder of node_modules
 * @param installed every file below its node_modules, relative to `root`
 * @returns relative to `root`, sorted; with the package.json of each package, by which Node.js finds the rest
 */
export async function filesLoadedBy(
  bundle: string,
  root: string,
  installed: readonly string[],
): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `require(${JSON.stringify(bundle)}); require(${JSON.stringify(loadedByName)});`,
      resolveDir: root,
    },
    outdir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    loader: { '.node': 'empty', '.html': 'empty', '.cs': 'empty' },
    plugins: [nodeResolution],
    logLevel: 'error',
  });
  const own = path.relative(root, bundle);
  const loaded = Object.keys(metafile.inputs).filter((file) => file !== own && /^node_modules\//.test(file));
  const packages = new Set(loaded.map(packageOf));
  return installed
    .filter((file) => {
      if (file.endsWith('/package.json')) return packages.has(path.posix.dirname(file));
      return foundByName.some((name) => name.test(file));
    })
    .concat(loaded.filter((file) => !file.endsWith('/package.json')))
    .sort();
}

/** Finds what Node.js finds; what it does not find is behind a `try` or never reached. */
const nodeResolution: Plugin = {
  name: 'node-resolution',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path: name, resolveDir }) => {
      if (isBuiltin(name)) return { external: true };
      try {
        return { path: createRequire(path.join(resolveDir, 'module.js')).resolve(name) };
      } catch {
        return { external: true };
      }
    });
  },
};

/** `node_modules/a/node_modules/@b/c/d.js` → `node_modules/a/node_modules/@b/c` */
function packageOf(file: string): string {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? '';
}
