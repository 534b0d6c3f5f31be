import { describe, expect, it } from 'vitest';
import { catalogue, type ErrorCode } from '../../../shared/errors/catalogue.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

const codes = Object.keys(catalogue) as ErrorCode[];

describe('the error catalogue', () => {
  it('says of each code what happened, why, and what to do', () => {
    for (const code of codes) {
      const { message, cause, remedy } = catalogue[code];
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(message, code).toMatch(/^\S.*[^.]$/);
      expect(cause, code).toMatch(/^\S.*\.$/);
      expect(remedy, code).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('gives faults a status that says so, and every exit code a meaning', () => {
    for (const code of codes) {
      const { kind, status, exit } = catalogue[code];
      if (status !== undefined) expect(status, code).toBeGreaterThanOrEqual(kind === 'fault' ? 500 : 400);
      if (exit !== undefined) expect([1, 2, 3, 4, 5, 6, 7, 130], code).toContain(exit);
    }
  });
});

describe('an error', () => {
  it('says what, where, what was expected and what was received', () => {
    const error = new EarshotError('TFRECORD_DATA_CRC_MISMATCH', {
      file: 'incoming/a/train/b.tfrecord',
      record: 3,
      offset: 4711,
      field: 'data',
      path: 'a.b',
      expected: '0badcafe',
      received: 'deadbeef',
    });
    expect(error.message).toBe(
      'The checksum of a record does not match its bytes (file incoming/a/train/b.tfrecord, record 3, byte 4711, ' +
        'field data, at a.b): expected 0badcafe, received deadbeef',
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('EarshotError');
    expect(error.remedy).toBe(catalogue.TFRECORD_DATA_CRC_MISMATCH.remedy);
  });

  it('says only what is known, zeros included', () => {
    expect(new EarshotError('USAGE').message).toBe('The command was not understood');
    expect(new EarshotError('TFRECORD_TRUNCATED', { record: 0, offset: 0 }).message).toBe(
      'The file ends inside a record (record 0, byte 0)',
    );
    expect(new EarshotError('USAGE', { received: '' }).message).toBe(
      'The command was not understood: received ',
    );
  });

  it('keeps its cause, and knows whose it is', () => {
    const cause = new Error('socket hang up');
    const fault = new EarshotError('STORE_UNREACHABLE', {}, { cause });
    expect(fault.cause).toBe(cause);
    expect(fault.isUserError).toBe(false);
    expect(new EarshotError('USAGE').isUserError).toBe(true);
    expect(new EarshotError('LABEL_UNKNOWN').isUserError).toBe(true);
  });
});
