import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

export interface Page {
  /** One HTML document with its script and its style within it: it asks for nothing else. */
  readonly text: string;
  /** What it is made of. */
  readonly inputs: Metafile['inputs'];
}

const styleLink = /<link rel="stylesheet" href="([^"]+)">/;
const scriptLink = /<script type="module" src="([^"]+)"><\/script>/;

/** The server says what is wrong with a file; the page reads only what it has taken, and needs no words for the rest. */
const noWords = `
  const words = { kind: 'anomaly', message: '', cause: '', remedy: '' };
  export const catalogue = new Proxy({}, { get: () => words });`;
/** A browser has no addon to load; who asks for one goes on without it. */
const noAddons = `export function createRequire() { return () => { throw new Error('no addons in a browser'); }; }`;

const forBrowsers: Plugin = {
  name: 'for-browsers',
  setup(building) {
    building.onLoad({ filter: /[\\/]shared[\\/]errors[\\/]catalogue\.ts$/ }, () => ({
      contents: noWords,
      loader: 'js',
    }));
    building.onResolve({ filter: /^node:module$/ }, () => ({ path: 'no-addons', namespace: 'browser' }));
    building.onLoad({ filter: /./, namespace: 'browser' }, () => ({ contents: noAddons, loader: 'js' }));
  },
};

/** Makes one document of an HTML file and the style and the module that it links to. Rejects when esbuild cannot. */
async function buildPage(root: string, file: string): Promise<Page> {
  const shell = await readFile(path.join(root, file), 'utf8');
  const inputs: Metafile['inputs'] = {};
  const linked = async (link: RegExp) => {
    const [, name] = link.exec(shell) ?? [];
    if (name === undefined) throw new Error(`${file} has no ${link}`);
    const { outputFiles, metafile } = await build({
      absWorkingDir: root,
      entryPoints: [path.join(path.dirname(file), name)],
      outdir: root,
      write: false,
      bundle: true,
      minify: true,
      charset: 'utf8',
      platform: 'browser',
      format: 'esm',
      target: ['chrome111', 'firefox113', 'safari16.4'],
      // Said here, not where the page's own tsconfig.json says it: the bytes depend on the sources alone.
      tsconfigRaw: {
        compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'preact', verbatimModuleSyntax: true },
      },
      metafile: true,
      plugins: [forBrowsers],
      define: { 'import.meta.url': '""' },
      logLevel: 'warning',
    });
    Object.assign(inputs, metafile.inputs);
    return outputFiles[0]!.text.trim();
  };
  const [style, script] = [await linked(styleLink), await linked(scriptLink)];
  const text = shell
    .replace(styleLink, () => `<style>${style}</style>`)
    .replace(scriptLink, () => `<script type="module">${script}</script>`);
  return { text, inputs };
}

/** `import { page } from './page/index.html'`: the document as text. `inputs` gets what it is made of. */
export const pagePlugin = (root: string, inputs: Metafile['inputs']): Plugin => ({
  name: 'page',
  setup(building) {
    building.onLoad({ filter: /\.html$/ }, async ({ path: file }) => {
      const page = await buildPage(root, path.relative(root, file));
      Object.assign(inputs, page.inputs);
      return { contents: `export const page = ${JSON.stringify(page.text)};`, loader: 'js' };
    });
  },
});
