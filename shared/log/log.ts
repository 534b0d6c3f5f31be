import { redacted } from './redact.ts';

type Level = 'info' | 'warning' | 'error';

/** Letters of a field; a stack is cut after its first lines. */
const longestField = 4000;

/** One JSON line on stderr: what the platform collects. Fields are figures and names, never bodies; secrets are taken out. */
export function log(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const line = JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }, cut);
  process.stderr.write(`${redacted(line)}\n`);
}

const cut = (_: string, value: unknown) =>
  typeof value === 'string' && value.length > longestField ? `${value.slice(0, longestField)}…` : value;
