import { describe, expect, it } from 'vitest';
import {
  cosSettings,
  iamTokenEndpoint,
  optionalSetting,
  requiredSetting,
  secondsSetting,
} from '../../../shared/config/settings.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

function refusalOf(act: () => unknown): string {
  try {
    return `accepted ${JSON.stringify(act())}`;
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'SETTING_INVALID') throw error;
    return `${error.details.field}: ${error.details.received}`;
  }
}

describe('a setting', () => {
  it('that is needed must be there and not empty', () => {
    expect(requiredSetting({ COS_BUCKET: 'b' }, 'COS_BUCKET')).toBe('b');
    expect(refusalOf(() => requiredSetting({}, 'COS_BUCKET'))).toBe('COS_BUCKET: nothing');
    expect(refusalOf(() => requiredSetting({ COS_BUCKET: '' }, 'COS_BUCKET'))).toBe('COS_BUCKET: nothing');
  });

  it('that is not given has its default', () => {
    expect(optionalSetting({}, 'COS_REGION', 'us-south')).toBe('us-south');
    expect(optionalSetting({ COS_REGION: '' }, 'COS_REGION', 'us-south')).toBe('us-south');
    expect(optionalSetting({ COS_REGION: 'eu-de' }, 'COS_REGION', 'us-south')).toBe('eu-de');
    expect(secondsSetting({}, 'EARSHOT_SETTLE_SECONDS', 9)).toBe(9);
    expect(secondsSetting({ EARSHOT_SETTLE_SECONDS: '' }, 'EARSHOT_SETTLE_SECONDS', 9)).toBe(9);
  });

  it.each([
    ['0', 0],
    ['1.5', 1.5],
  ])('of seconds may be %s', (text, seconds) => {
    expect(secondsSetting({ EARSHOT_SETTLE_SECONDS: text }, 'EARSHOT_SETTLE_SECONDS', 9)).toBe(seconds);
  });

  it.each(['-1', 'soon', 'NaN', 'Infinity', ' ', '5s'])('of seconds is not %j', (text) => {
    const env = { EARSHOT_SETTLE_SECONDS: text };
    expect(refusalOf(() => secondsSetting(env, 'EARSHOT_SETTLE_SECONDS', 9))).toBe(
      `EARSHOT_SETTLE_SECONDS: ${text}`,
    );
  });
});

describe('the settings of the object store', () => {
  const place = { COS_ENDPOINT: 'http://c', COS_BUCKET: 'b' };

  it('take an HMAC key, also beside an IAM key', () => {
    const hmac = { COS_ACCESS_KEY_ID: 'a', COS_SECRET_ACCESS_KEY: 's' };
    const expected = {
      endpoint: 'http://c',
      bucket: 'b',
      region: 'us-south',
      credentials: { kind: 'hmac', accessKeyId: 'a', secretAccessKey: 's' },
    };
    expect(cosSettings({ ...place, ...hmac })).toEqual(expected);
    expect(cosSettings({ ...place, ...hmac, COS_API_KEY: 'k' })).toEqual(expected);
  });

  it('take an IAM key with the instance', () => {
    const iam = { COS_API_KEY: 'k', COS_INSTANCE_ID: 'i', COS_REGION: 'eu-de' };
    expect(cosSettings({ ...place, ...iam })).toEqual({
      endpoint: 'http://c',
      bucket: 'b',
      region: 'eu-de',
      credentials: {
        kind: 'iam',
        apiKey: 'k',
        serviceInstanceId: 'i',
        tokenEndpoint: 'https://iam.cloud.ibm.com/identity/token',
      },
    });
    expect(iamTokenEndpoint({ IAM_ENDPOINT: 'http://iam' })).toBe('http://iam/identity/token');
  });

  it.each([
    [{}, 'COS_ENDPOINT'],
    [{ COS_ENDPOINT: 'http://c' }, 'COS_BUCKET'],
    [place, 'COS_ACCESS_KEY_ID'],
    [{ ...place, COS_ACCESS_KEY_ID: 'a' }, 'COS_SECRET_ACCESS_KEY'],
    [{ ...place, COS_API_KEY: 'k' }, 'COS_INSTANCE_ID'],
  ])('of %j lack %s', (env, name) => {
    expect(refusalOf(() => cosSettings(env))).toBe(`${name}: nothing`);
  });
});
