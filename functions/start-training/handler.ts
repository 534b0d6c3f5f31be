import { secondsSetting } from '../../shared/config/settings.ts';
import { eventFunction, objectHint } from '../../shared/events/event-function.ts';
import { jobStarterFromSettings } from '../../shared/runs/job-starter-from-settings.ts';
import { startRun } from '../../shared/runs/start-run.ts';

/** Below the ten minutes that an app's request may take. */
const settleSeconds = 240;

/** Woken by runs/<run>/request.json: settles the dataset, writes its snapshot, starts the training job once. */
export const main = eventFunction('start-training', async (hint, { store, env }) => {
  const patience = secondsSetting(env, 'EARSHOT_SETTLE_SECONDS', settleSeconds);
  const result = await startRun(store, jobStarterFromSettings(env), objectHint(hint).key, patience * 1000);
  if (result.outcome !== 'refused') return result;
  return { outcome: result.outcome, code: result.error.code, reason: result.error.message };
});
