/**
 * Whether an answer shows what was sent: every property sent that the answer has is the same there, lists item by item.
 * Properties that the answer lacks tell nothing, as those that are never shown again.
 */
export function reflects(sent: unknown, actual: unknown): boolean {
  if (Array.isArray(sent)) {
    return (
      Array.isArray(actual) &&
      actual.length === sent.length &&
      sent.every((item, i) => reflects(item, actual[i]))
    );
  }
  if (typeof sent === 'object' && sent !== null) {
    if (typeof actual !== 'object' || actual === null) return false;
    return Object.entries(sent).every(([key, value]) => {
      const there = (actual as Readonly<Record<string, unknown>>)[key];
      return value === undefined || there === undefined || reflects(value, there);
    });
  }
  return sent === actual;
}
