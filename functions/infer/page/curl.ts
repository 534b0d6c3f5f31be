/** A call of this page as a command for a shell. */
export interface Call {
  readonly url: string;
  readonly type: string;
  /** Name of a file, or text. */
  readonly body: { readonly file: string } | { readonly text: string };
  /** Whether a key is needed; it is left to the environment. */
  readonly keyed: boolean;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The curl for a call, for POSIX shells; a file is looked for where the shell stands. */
export function curlOf({ url, type, body, keyed }: Call): string {
  return [
    'curl -s',
    `-H ${quoted(`content-type: ${type}`)}`,
    ...(keyed ? ['-H "authorization: Bearer $EARSHOT_API_KEY"'] : []),
    'file' in body ? `--data-binary ${quoted(`@${body.file}`)}` : `-d ${quoted(body.text)}`,
    quoted(url),
  ].join(' ');
}
