import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** What the doctor found out about one thing. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  /** `warning`: works, for now; `problem`: does not; `skipped`: cannot be looked at before something else is mended. */
  readonly level: 'ok' | 'warning' | 'problem' | 'skipped';
  readonly text: string;
  /** What to do; null when there is nothing. */
  readonly remedy: string | null;
}

export const ok = (check: string, text: string): Finding => ({ check, level: 'ok', text, remedy: null });

export const warning = (check: string, text: string, remedy: string): Finding => ({
  check,
  level: 'warning',
  text,
  remedy,
});

export const problem = (check: string, text: string, remedy: string): Finding => ({
  check,
  level: 'problem',
  text,
  remedy,
});

export const skipped = (check: string, needs: string): Finding => ({
  check,
  level: 'skipped',
  text: `not looked at: needs ${needs}`,
  remedy: null,
});

/** What `look` finds; an error of the catalogue is a problem of this check. */
export async function findingsOf(
  check: string,
  look: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    const found = await look();
    return 'check' in found ? [found] : found;
  } catch (error) {
    if (error instanceof EarshotError) return [problem(check, error.message, error.remedy)];
    throw error;
  }
}
