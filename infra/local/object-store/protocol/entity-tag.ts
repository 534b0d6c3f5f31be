/** The tags of an `If-Match` or `If-None-Match` header without quotes; `*` stands for any. Unquoted tags are taken too. */
export function parseEntityTags(value: string): readonly string[] {
  return value
    .split(',')
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .filter((tag) => tag !== '');
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}
