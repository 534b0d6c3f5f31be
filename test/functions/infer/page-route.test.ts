import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { type RunningInfer, startInfer } from './running-infer.ts';

const mostBytes = 60_000;

let local: TemporaryStore;
let infer: RunningInfer;
let response: Response;
let page: string;

beforeAll(async () => {
  local = await startTemporaryStore();
  // No model is published, the bucket refuses the credentials, and everything else needs a key.
  infer = await startInfer(local, {
    EARSHOT_API_KEYS: 'a-key',
    COS_SECRET_ACCESS_KEY: 'wrong',
    EARSHOT_MODEL: '',
  });
  response = await fetch(`${infer.url}/`);
  page = await response.text();
});
afterAll(async () => {
  await infer.stop();
  await local.remove();
});

describe('GET / of the bundle that is deployed', () => {
  it('is the page, without a key and without a model', async () => {
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect((await fetch(`${infer.url}/healthz`)).status).toBe(500);
    expect((await fetch(`${infer.url}/model/labels`)).status).toBe(401);
  });

  it(`is below ${mostBytes} bytes, all of it`, () => {
    console.log(`the page: ${Buffer.byteLength(page)} bytes`);
    expect(Buffer.byteLength(page)).toBeLessThan(mostBytes);
  });

  it('asks for nothing but itself', () => {
    const [, script = ''] = /<script type="module">([\s\S]*?)<\/script>/.exec(page) ?? [];
    const shell = page.replace(script, '');
    expect(script.length).toBeGreaterThan(10_000);
    expect(shell.match(/\b(src|href)="(?!data:)[^"]*"/g)).toBeNull();
    expect(shell).not.toMatch(/@import|url\((?!data:)/);
    expect(script).not.toMatch(/\bimport\s*[("'{]/);
    // Names of XML namespaces, and where clips can be heard.
    const addresses = script.match(/https?:\/\/[^\s"'`<)$]+/g) ?? [];
    const known = ['http://www.w3.org/', 'https://www.youtube.com/watch'];
    expect(addresses.filter((address) => !known.some((one) => address.startsWith(one)))).toEqual([]);
  });

  it('has a policy that lets its own script and style run and nothing else', () => {
    const policy = new Map(
      (response.headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')];
      }),
    );
    for (const tag of ['script', 'style']) {
      const parts = [...page.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))];
      expect(parts).toHaveLength(1);
      const hash = createHash('sha256').update(parts[0]![1]!).digest('base64');
      expect(policy.get(`${tag}-src`)).toBe(`'sha256-${hash}'`);
    }
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('connect-src')).toBe("'self'");
    expect(policy.get('frame-ancestors')).toBe("'none'");
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page).not.toMatch(/<[^>]+ (on\w+|style)=/);
  });

  it('says in which framing it may not stand, and what its types are', () => {
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });
});
