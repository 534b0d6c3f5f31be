import type { Command, CommandOption } from '../../serverless-code-engine/framework.ts';

/** The commands on versions of models; all work on the bucket. */
export function versionCommands(
  bucketOptions: Readonly<Record<string, CommandOption>>,
): Readonly<Record<string, Command>> {
  const model = {
    usage: 'The model (default: the only one); the first word after the command',
    type: 'string',
  } as const;
  const reason = { usage: 'Why, for the history', type: 'string' } as const;
  return {
    models: {
      usage: 'List models: versions, aliases, metrics, when and by which run, and the moves of the aliases',
      lifecycleEvents: ['run'],
      options: {
        model: { usage: 'This model alone; the word after the command', type: 'string' },
        ...bucketOptions,
      },
    },
    promote: {
      usage: 'Serve a version, or the candidate: promote <model> [version]',
      lifecycleEvents: ['run'],
      options: {
        model,
        to: { usage: 'The version (default: the candidate); the second word', type: 'string' },
        reason,
        ...bucketOptions,
      },
    },
    rollback: {
      usage: 'Serve the version that was served before; again: the one before that',
      // As the framework has it: its own command of this name is for AWS.
      lifecycleEvents: ['initialize', 'rollback'],
      options: { model, reason, ...bucketOptions },
    },
    candidate: {
      usage:
        'Try a version beside the one that is served, and see where they differ: candidate <model> [version]',
      lifecycleEvents: ['run'],
      options: {
        model,
        to: { usage: 'The version that becomes the candidate; the second word', type: 'string' },
        share: { usage: 'Part of the requests that it answers, in per cent, 0 to 100', type: 'string' },
        shadow: {
          usage: 'Let it also score what the served version answers, after the answer (--no-shadow: no more)',
          type: 'boolean',
        },
        clear: { usage: 'No candidate any more', type: 'boolean' },
        reason,
        ...bucketOptions,
      },
    },
  };
}
