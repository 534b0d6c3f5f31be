import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginTools, Serverless } from '../serverless-code-engine/framework.ts';
import { localCommands } from './commands.ts';

interface LocalCommand {
  runLocalCommand(
    options: Readonly<Record<string, unknown>>,
    configuration: unknown,
    root: string,
    writeText: (text: string) => void,
  ): Promise<number>;
}

/** `serverless local`: the whole service on this machine. The platform itself is loaded when the command runs. */
export class LocalPlugin {
  readonly commands = localCommands;
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(
    serverless: Serverless,
    options: Readonly<Record<string, unknown>>,
    { writeText }: PluginTools,
  ) {
    this.hooks = {
      'local:run': async () => {
        const root = serverless.serviceDir;
        const urlOf = (file: string) => pathToFileURL(path.join(root, file));
        const { loadTypeScript } = (await import(urlOf('infra/typescript/load.mjs').href)) as {
          loadTypeScript: (entry: URL) => Promise<LocalCommand>;
        };
        const command = await loadTypeScript(urlOf('infra/local/local-command.ts'));
        process.exitCode = await command.runLocalCommand(
          options,
          serverless.configurationInput,
          root,
          (text) => writeText(text),
        );
      },
    };
  }
}
