/** The part of the Serverless Framework's plugin interface (osls 4, serverless 3) that Earshot uses. */
export interface Serverless {
  readonly serviceDir: string;
  /** serverless.yml; its variables are resolved once hooks run. */
  readonly configurationInput: unknown;
  /** serverless.yml as the framework's own commands see it. */
  readonly service: { readonly functions: Readonly<Record<string, { package?: { disable?: boolean } }>> };
  readonly pluginManager: { addPlugin(plugin: unknown): void };
  readonly configSchemaHandler: {
    defineProvider(name: string, schema: { provider: object; function: object }): void;
    defineFunctionEvent(provider: string, event: string, schema: object): void;
    defineTopLevelProperty(name: string, schema: object): void;
  };
  setProvider(name: string, provider: unknown): void;
}

export interface PluginTools {
  readonly log: Record<'error' | 'warning' | 'notice' | 'info', (text: string) => void>;
  writeText(text: string): void;
}

export interface CommandOption {
  readonly usage: string;
  readonly type: 'string' | 'boolean' | 'multiple';
  readonly shortcut?: string;
  /** What it says when it stands without a value; the framework knows no such option. */
  readonly bare?: string;
}

export interface Command {
  readonly usage: string;
  readonly lifecycleEvents: readonly string[];
  readonly options?: Readonly<Record<string, CommandOption>>;
  readonly commands?: Readonly<Record<string, Command>>;
}
