import {
  runDataReport,
  runDeadLetters,
  runReplay,
  runSearch,
  runTrain,
  runUpload,
} from './bucket-commands.ts';
import { runInvoke } from './cloud/invoke-command.ts';
import { runLogs } from './cloud/logs-command.ts';
import { type CommandContext, type RunCommand, runCommand } from './command-outcome.ts';
import { runConvert } from './convert/convert-command.ts';
import { runDoctor } from './doctor/doctor-command.ts';
import { runCandidate } from './versions/candidate-command.ts';
import { runModels } from './versions/models-command.ts';
import { runPromote, runRollback } from './versions/move-commands.ts';

const commands: Readonly<Record<string, RunCommand>> = {
  upload: runUpload,
  'data convert': runConvert,
  'data report': runDataReport,
  train: runTrain,
  search: runSearch,
  models: runModels,
  promote: runPromote,
  rollback: runRollback,
  candidate: runCandidate,
  'dead-letters': runDeadLetters,
  replay: runReplay,
  'doctor cloud': runDoctor,
  logs: runLogs,
  invoke: runInvoke,
};

/** Returns the exit code. */
export function runNamedCommand(
  name: string,
  given: Omit<CommandContext, 'reporter' | 'env'>,
): Promise<number> {
  return runCommand(commands[name]!, { ...given, env: process.env });
}
