import {
  cosSettings,
  type Environment,
  optionalSetting,
  requiredSetting,
  type SettingName,
  secondsSetting,
} from '../../shared/config/settings.ts';
import { probeKey } from '../../shared/dataset/keys.ts';
import { type EnginePreference, openEngine } from '../../shared/engine/open-engine.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { log } from '../../shared/log/log.ts';
import { workOnRun } from '../../shared/runs/work-on-run.ts';
import { assertConditionalWrites } from '../../shared/storage/conditional-writes-probe.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { runningCode } from './running-code.ts';

const heartbeatSeconds = 10;
const preferences: readonly EnginePreference[] = ['auto', 'native', 'wasm'];

/** The training job: works on the run EARSHOT_RUN; on SIGTERM it writes its checkpoint and ends. */
export async function main(): Promise<void> {
  const { env } = process;
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort(new Error('SIGTERM')));
  try {
    const run = requiredSetting(env, 'EARSHOT_RUN');
    const store = openCosObjectStore(cosSettings(env));
    await assertConditionalWrites(store, probeKey);
    const outcome = await workOnRun(
      {
        store,
        openEngine: () => openEngine(preference(optionalSetting(env, 'EARSHOT_ENGINE', 'auto'))),
        run,
        attempt: wholeNumber(env, 'EARSHOT_ATTEMPT', 1),
        signal: stop.signal,
        code: runningCode(import.meta.url),
        heartbeatMs: secondsSetting(env, 'EARSHOT_HEARTBEAT_SECONDS', heartbeatSeconds) * 1000,
      },
      wholeNumber(env, 'JOB_INDEX', 0),
    );
    // A stopped run is not done: a code other than 0 lets the platform start it again.
    process.exitCode = outcome === 'stopped' ? 143 : 0;
  } catch (error) {
    const known = error instanceof EarshotError;
    log('error', 'run-failed', {
      run: env['EARSHOT_RUN'],
      code: known ? error.code : 'INTERNAL_FAULT',
      message: error instanceof Error ? error.message : String(error),
      ...(known && error.isUserError ? {} : { stack: error instanceof Error ? error.stack : undefined }),
    });
    // A trainer that was replaced has nothing to do again: the other one carries on.
    process.exitCode = known && error.code === 'RUN_FENCED' ? 0 : 1;
  }
}

/** @throws SETTING_INVALID */
function preference(text: string): EnginePreference {
  const found = preferences.find((known) => known === text);
  if (found !== undefined) return found;
  const expected = preferences.join(', ');
  throw new EarshotError('SETTING_INVALID', { field: 'EARSHOT_ENGINE', expected, received: text });
}

/** @throws SETTING_INVALID */
function wholeNumber(env: Environment, name: SettingName, least: 0 | 1): number {
  const text = optionalSetting(env, name, `${least}`);
  if (/^(0|[1-9]\d{0,5})$/.test(text) && Number(text) >= least) return Number(text);
  const expected = `a whole number from ${least}`;
  throw new EarshotError('SETTING_INVALID', { field: name, expected, received: text });
}
