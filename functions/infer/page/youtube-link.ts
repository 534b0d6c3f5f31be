/** Where a clip can be heard: AudioSet's ids are those of YouTube's videos. Null for other ids. */
export function youTubeLink(id: string, start: number | null): string | null {
  if (!/^[\w-]{11}$/.test(id)) return null;
  const at = start === null ? '' : `&t=${Math.floor(start)}`;
  return `https://www.youtube.com/watch?v=${id}${at}`;
}
