/** YouTube's ids: 11 characters, of which the last carries 4 bits. */
const youTubeId = /^[A-Za-z0-9_-]{10}[048AEIMQUYcgkosw]$/;

/**
 * Where a clip can be heard: AudioSet's clip ids are those of the YouTube videos that they were cut from. Null for an id of
 * another kind, and for a clip that does not say where in the video it starts.
 * @param start seconds, or null; a link can name whole ones only
 */
export function clipLink(id: string, start: number | null): string | null {
  if (start === null || !youTubeId.test(id)) return null;
  return `https://www.youtube.com/watch?v=${id}&t=${Math.floor(start)}`;
}
