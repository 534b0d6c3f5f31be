import { setTimeout as delay } from 'node:timers/promises';
import { type CosBucket, headObject, quote } from './cos-read.ts';
import { addHeader, type CosOutcome, type CosRequest, send } from './cos-request.ts';
import type { WriteOptions } from './object-store.ts';

/** How often a write that met another one in flight (409) is tried again, and the first pause in milliseconds. */
const mostConflicts = 8;
const firstPause = 50;

/**
 * Sends a write with its condition; one that met another in flight is repeated. Ceph RGW 16 refuses the very version
 * that is there when its ETag stands in quotes. So where that is seen, the bare ETag is tried once; if that is taken, this
 * client writes bare ones from then on. Nothing else is learnt from: a write that lost a race looks much the same.
 */
export async function sendConditionally<Output>(
  bucket: CosBucket,
  key: string,
  options: WriteOptions,
  request: () => CosRequest<Output>,
): Promise<CosOutcome<Output>> {
  const { ifMatch } = options;
  if (ifMatch === undefined) return sendPatiently(request);
  const { spelling } = bucket.ifMatch;
  const spelled = spelling === 'bare' ? ifMatch : quote(ifMatch);
  const first = await sendPatiently(() => withIfMatch(request(), spelled));
  if (spelling === 'bare' || first.error?.statusCode !== 412) return first;
  if ((await headObject(bucket, key))?.etag !== ifMatch) return first;
  const second = await sendPatiently(() => withIfMatch(request(), ifMatch));
  if (second.error === null) bucket.ifMatch.spelling = 'bare';
  return { ...second, retried: first.retried || second.retried };
}

async function sendPatiently<Output>(request: () => CosRequest<Output>): Promise<CosOutcome<Output>> {
  let retried = false;
  for (let conflicts = 0; ; conflicts++) {
    const outcome = await send(request());
    retried ||= outcome.retried;
    if (outcome.error?.statusCode !== 409 || conflicts === mostConflicts) return { ...outcome, retried };
    await delay(firstPause * 2 ** conflicts * Math.random());
  }
}

function withIfMatch<Output>(request: CosRequest<Output>, etag: string): CosRequest<Output> {
  addHeader(request, 'If-Match', etag);
  return request;
}
