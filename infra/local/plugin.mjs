import { requireTypeScript } from '../typescript/load.mjs';

const { LocalPlugin } = requireTypeScript(new URL('./plugin.ts', import.meta.url));

export default LocalPlugin;
