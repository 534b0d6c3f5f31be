/**
 * The recording that a clip is of: what stands before the first `#` of its id, or the whole id. Clips of one recording
 * sound alike, so they stay together wherever clips are divided.
 */
export function sourceOfClip(id: string): string {
  const end = id.indexOf('#');
  return end <= 0 ? id : id.slice(0, end);
}
