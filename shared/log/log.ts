type Level = 'info' | 'warning' | 'error';

/** One JSON line on stderr: what the platform collects. Fields are figures and names, never credentials or bodies. */
export function log(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
}
