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
import type { Serverless } from './framework.ts';

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

/** The framework's commands that need the cloud; `deploy` begins with packaging. */
const unbuiltHooks = [
  ...['before:package:cleanup', 'deploy:deploy', 'info:info', 'remove:remove'],
  ...['invoke:invoke', 'logs:logs'],
];

/** The provider plugin. Deployment is the subject of a later version; until then it says so. */
export class CodeEnginePlugin {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor(serverless: Serverless) {
    explained(serverless, () => refuseMisspellings(serverless.configurationInput));
    serverless.pluginManager.addPlugin(CodeEngineProvider);
    const { commands } = serverless.processedInput;
    const refuse = () => explained(serverless, () => refuseCommand(commands.join(' ')));
    this.hooks = Object.fromEntries(unbuiltHooks.map((hook) => [hook, refuse]));
  }
}

function refuseCommand(received: string): never {
  throw new EarshotError('NOT_BUILT_YET', { expected: 'a command of this version: local, print', received });
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
