import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { endWith } from '../command-line/answer-early.ts';
import { refuseMisspellings } from '../service/misspellings.ts';
import {
  cosEventSchema,
  cronEventSchema,
  functionSchema,
  httpEventSchema,
  jobSchema,
  jsonSchemaOf,
  providerName,
  providerSchema,
} from '../service/service-schema.ts';
import { cloudCommands } from './commands.ts';
import type { PluginTools, Serverless } from './framework.ts';

/** Names IBM Cloud Code Engine as the provider, so that the framework resolves and checks serverless.yml for it. */
class CodeEngineProvider {
  static getProviderName(): string {
    return providerName;
  }

  constructor(serverless: Serverless) {
    serverless.setProvider(providerName, this);
    const { configSchemaHandler: schemas } = serverless;
    schemas.defineProvider(providerName, {
      provider: propertiesOf(providerSchema),
      function: propertiesOf(functionSchema),
    });
    schemas.defineFunctionEvent(providerName, 'cos', jsonSchemaOf(cosEventSchema));
    schemas.defineFunctionEvent(providerName, 'http', jsonSchemaOf(httpEventSchema));
    schemas.defineFunctionEvent(providerName, 'cron', jsonSchemaOf(cronEventSchema));
    schemas.defineTopLevelProperty('jobs', { type: 'object', additionalProperties: jsonSchemaOf(jobSchema) });
  }
}

interface CloudCommands {
  runCloudCommand(
    name: string,
    options: Readonly<Record<string, unknown>>,
    root: string,
    configuration: unknown,
    writeText: (text: string) => void,
  ): Promise<number>;
}

/** The provider plugin: serverless.yml on IBM Cloud Code Engine. */
export class CodeEnginePlugin {
  readonly commands = cloudCommands;
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;

  constructor(
    serverless: Serverless,
    options: Readonly<Record<string, unknown>>,
    { writeText }: PluginTools,
  ) {
    try {
      refuseMisspellings(serverless.configurationInput);
    } catch (error) {
      endWith(error);
    }
    serverless.pluginManager.addPlugin(CodeEngineProvider);
    const run = async (name: string) => {
      const { serviceDir: root, configurationInput } = serverless;
      const urlOf = (file: string) => pathToFileURL(path.join(root, file));
      const { loadTypeScript } = (await import(urlOf('infra/typescript/load.mjs').href)) as {
        loadTypeScript: (entry: URL) => Promise<CloudCommands>;
      };
      const cloud = await loadTypeScript(urlOf('infra/serverless-code-engine/cloud-commands.ts'));
      process.exitCode = await cloud.runCloudCommand(name, options, root, configurationInput, (text) =>
        writeText(text),
      );
    };
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => packageNothing(serverless),
      'deploy:deploy': () => run('deploy'),
      'deploy:function:deploy': () => run('deploy function'),
      'info:info': () => run('info'),
      'remove:remove': () => run('remove'),
    };
  }
}

/** Code goes into images; the framework would zip the whole folder, packages and all. */
function packageNothing({ service }: Serverless): void {
  for (const fn of Object.values(service.functions)) fn.package = { ...fn.package, disable: true };
}

/** The framework merges these properties into objects of its own, which it keeps strict itself. */
function propertiesOf(schema: Parameters<typeof jsonSchemaOf>[0]): object {
  const { properties } = jsonSchemaOf(schema) as { properties: object };
  return { properties };
}
