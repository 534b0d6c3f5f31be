import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDataSource } from '../../../infra/local/data-files.ts';
import { datasetOf } from '../../../infra/local/drop-data.ts';
import { parseLocalOptions } from '../../../infra/local/local-options.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

const root = path.resolve('/project');

function refusalOf(act: () => unknown) {
  try {
    return { accepted: act() };
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    const { field, expected, received } = error.details;
    return { code: error.code, field, expected, received };
  }
}

describe('the options of serverless local', () => {
  it('have defaults', () => {
    expect(parseLocalOptions({}, root)).toEqual({
      data: [],
      once: false,
      json: false,
      recipe: null,
      members: 1,
      stateFolder: path.join(root, '.earshot'),
      port: null,
      chaosSeed: null,
    });
  });

  it('are taken as the framework gives them', () => {
    const raw = {
      data: ['a', 'd/eval=b c/d.tar.xz'],
      once: true,
      json: true,
      recipe: 'multi-attention',
      members: '4',
      'persist-to': 'state',
      port: '0',
      chaos: '7',
    };
    expect(parseLocalOptions(raw, root)).toEqual({
      data: [
        { dataset: null, split: null, path: 'a' },
        { dataset: 'd', split: 'eval', path: 'b c/d.tar.xz' },
      ],
      once: true,
      json: true,
      recipe: 'multi-attention',
      members: 4,
      stateFolder: path.join(root, 'state'),
      port: 0,
      chaosSeed: 7,
    });
    expect(parseLocalOptions({ 'persist-to': path.resolve('/elsewhere') }, root).stateFolder).toBe(
      path.resolve('/elsewhere'),
    );
  });

  it('take any seed where none is given, each time another', () => {
    const seeds = Array.from({ length: 3 }, () => parseLocalOptions({ chaos: 'any' }, root).chaosSeed);
    for (const seed of seeds) expect(seed).toBeGreaterThanOrEqual(0);
    expect(new Set(seeds).size).toBeGreaterThan(1);
  });

  it.each([
    ['port', '-1'],
    ['port', '65535'],
    ['port', '4800.5'],
    ['port', 'http'],
    ['port', ''],
    ['port', ' '],
    ['port', '0x10'],
    ['port', '1e3'],
    ['recipe', 'slow'],
    ['recipe', ''],
    ['members', '0'],
    ['members', '17'],
    ['members', '2.5'],
    ['members', ''],
    ['persist-to', ''],
    ['data', ''],
    ['chaos', ''],
    ['chaos', '-1'],
    ['chaos', '1.5'],
    ['chaos', 'seven'],
  ])('refuse --%s %j by name, expected and received value', (name, value) => {
    expect(refusalOf(() => parseLocalOptions({ [name]: value }, root))).toEqual({
      code: 'USAGE',
      field: `--${name}`,
      expected: expect.stringMatching(/./),
      received: JSON.stringify(value),
    });
  });
});

describe('--data', () => {
  it.each([
    ['folder', null, null, 'folder'],
    ['/a/b c.tar.gz', null, null, '/a/b c.tar.gz'],
    ['my-sounds/train=clips', 'my-sounds', 'train', 'clips'],
    ['my.sounds_2/eval=/x/y', 'my.sounds_2', 'eval', '/x/y'],
    ['s/all=a=b', 's', 'all', 'a=b'],
  ])('%s names dataset %s, split %s, path %s', (text, dataset, split, file) => {
    expect(parseDataSource(text)).toEqual({ dataset, split, path: file });
  });

  it.each(['', 'my-sounds=clips', 's/test=clips', 's/train=', '/train=x', '-s/train=x', 'a b/train=x'])(
    '%j is refused, and the right form told',
    (text) => {
      expect(refusalOf(() => parseDataSource(text))).toEqual({
        code: 'USAGE',
        field: '--data',
        expected: '[dataset/train|eval|all=]<folder, tar, tar.gz or tar.xz>',
        received: JSON.stringify(text),
      });
    },
  );

  it('is of one dataset: AudioSet when unnamed, the synthetic one when there is none', () => {
    const source = (dataset: string | null) => ({ dataset, split: null, path: 'x' });
    expect(datasetOf([])).toBe('synthetic');
    expect(datasetOf([source(null), source('audioset')])).toBe('audioset');
    expect(datasetOf([source('s'), source('s')])).toBe('s');
    expect(refusalOf(() => datasetOf([source(null), source('s')]))).toEqual({
      code: 'USAGE',
      field: '--data',
      expected: 'one dataset at a time',
      received: 'audioset, s',
    });
  });
});
