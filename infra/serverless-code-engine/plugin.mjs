import { requireTypeScript } from '../typescript/load.mjs';

const { CodeEnginePlugin } = requireTypeScript(new URL('./plugin.ts', import.meta.url));

export default CodeEnginePlugin;
