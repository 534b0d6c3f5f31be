import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { catalogue } from '../../shared/errors/catalogue.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
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
import type { Command, CommandOption, PluginTools, Serverless } from './framework.ts';

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

const subscriptions: CommandOption = {
  usage: 'How subscriptions are made: ibmcloud runs the command line (default), print prints its commands',
  type: 'string',
};

/** The framework's commands, with options of ours. */
const commands: Readonly<Record<string, Command>> = {
  deploy: {
    usage: 'Deploy to IBM Cloud Code Engine',
    lifecycleEvents: ['deploy'],
    options: {
      create: { usage: 'Make project, bucket and authorization where they are missing', type: 'boolean' },
      'dry-run': { usage: 'Say what would be done, and do nothing', type: 'boolean', shortcut: 'n' },
      'new-key': { usage: 'Make the API keys of HTTP functions anew', type: 'boolean' },
      key: { usage: 'Of --new-key: the one of this name alone', type: 'string' },
      subscriptions,
    },
  },
  remove: {
    usage: 'Delete what was deployed; bucket and data stay',
    lifecycleEvents: ['remove'],
    options: {
      data: { usage: 'Delete the objects of the bucket too', type: 'boolean' },
      subscriptions,
    },
  },
};

/** The provider plugin: serverless.yml on IBM Cloud Code Engine. */
export class CodeEnginePlugin {
  readonly commands = commands;
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;

  constructor(
    serverless: Serverless,
    options: Readonly<Record<string, unknown>>,
    { writeText }: PluginTools,
  ) {
    explained(serverless, () => refuseMisspellings(serverless.configurationInput));
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

/**
 * The framework prints its own errors without a stack and everything else as a bug of its plugin. It ends with 1
 * whatever it was; the catalogue says more.
 */
function explained(serverless: Serverless, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    const { exit } = catalogue[error.code];
    if (exit !== undefined) process.once('exit', () => (process.exitCode = exit));
    throw new serverless.classes.Error(`${error.message}\n${error.remedy}`, error.code);
  }
}
