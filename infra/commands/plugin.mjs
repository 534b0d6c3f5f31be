import { requireTypeScript } from '../typescript/load.mjs';

const { CommandsPlugin } = requireTypeScript(new URL('./plugin.ts', import.meta.url));

export default CommandsPlugin;
