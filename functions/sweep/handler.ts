import { eventFunction } from '../../shared/events/event-function.ts';
import { jobStarterFromSettings } from '../../shared/runs/job-starter-from-settings.ts';
import { sweep } from '../../shared/sweep/sweep.ts';

/** Woken by the clock: finds what an event lost. */
export const main = eventFunction('sweep', (_hint, { store, env }) =>
  sweep(store, jobStarterFromSettings(env), new Date()),
);
