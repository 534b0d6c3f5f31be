import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSecret, expectSubscribed } from '../../../infra/events-app/admission.ts';
import type { ObjectHint } from '../../../shared/events/cloud-event.ts';
import { bucket, secret } from './running-app.ts';

const hint = (changes: Partial<ObjectHint>): ObjectHint => ({
  kind: 'object',
  id: 'event-1',
  operation: 'write',
  bucket,
  key: 'runs/first/request.json',
  ...changes,
});
const description = {
  bundle: 'unused',
  timeoutSeconds: 60,
  concurrency: 1,
  cos: [
    { prefix: 'runs/', suffix: '/request.json', operation: 'write' as const },
    { prefix: 'incoming/', operation: 'all' as const },
  ],
  cron: false,
};

describe('the secret of a subscription', () => {
  it('is shown by itself alone', () => {
    expect(() => expectSecret(secret, secret)).not.toThrow();
    expect(() => expectSecret(secret, [secret, secret])).toThrow(/EVENT|secret/);
    const other = fc.oneof(
      fc.string().filter((text) => text !== secret),
      fc.constant(undefined),
      fc.nat(secret.length - 1).map((length) => secret.slice(0, length)),
    );
    fc.assert(
      fc.property(other, (shown) => {
        expect(() => expectSecret(secret, shown)).toThrow(
          expect.objectContaining({ code: 'EVENT_REFUSED', message: expect.not.stringContaining(secret) }),
        );
      }),
    );
  });
});

describe('an event', () => {
  it.each([
    hint({}),
    hint({ key: 'incoming/audioset/train/a.tfrecord' }),
    hint({ key: 'incoming/audioset/train/a.tfrecord', operation: 'delete' }),
  ])('that one of the subscriptions is for is taken: $operation of $key', (event) => {
    expect(() => expectSubscribed(description, bucket, event)).not.toThrow();
  });

  it.each([
    [hint({ operation: 'delete' }), 'key', 'delete of runs/first/request.json'],
    [hint({ key: 'runs/first/status.json' }), 'key', 'write of runs/first/status.json'],
    [hint({ bucket: 'earshot-prod' }), 'bucket', 'earshot-prod'],
    [{ kind: 'clock', id: 'tick' } as const, 'ce-type', 'an event of the clock'],
  ])('that none is for is misdirected: %o', (event, path, received) => {
    expect(() => expectSubscribed(description, bucket, event)).toThrow(
      expect.objectContaining({
        code: 'EVENT_MISDIRECTED',
        details: expect.objectContaining({ path, received }),
      }),
    );
  });
});
