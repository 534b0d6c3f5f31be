import { S3Error } from '../protocol/s3-error.ts';

/** Pages of S3 have at most a thousand entries. */
const largestPage = 1000;

/** `max-keys`, `max-parts`, `max-uploads`: how many entries a page may have. @throws S3Error InvalidArgument */
export function countParameter(query: ReadonlyMap<string, string>, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return largestPage;
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text), largestPage);
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    ArgumentName: name,
    ArgumentValue: text,
  });
}

/** `encoding-type`. @throws S3Error InvalidArgument */
export function encodingOf(query: ReadonlyMap<string, string>): 'url' | null {
  const text = query.get('encoding-type') ?? '';
  if (text === '') return null;
  if (text.toLowerCase() === 'url') return 'url';
  throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
    ArgumentName: 'encoding-type',
  });
}
