import { describe, expect, it } from 'vitest';
import { fixedCodes } from '../../../shared/dataset/anomaly-policy.ts';
import {
  datasetPolicyRules,
  FindingsJudge,
  uploadPolicyRules,
} from '../../../shared/dataset/anomaly-rules.ts';
import { datasetConfigSchema, defaultDatasetConfig } from '../../../shared/dataset/dataset-config.ts';
import { rulesOf, sameRules } from '../../../shared/dataset/upload-rules.ts';
import { catalogue } from '../../../shared/errors/catalogue.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';

const parsed = (policy: unknown) =>
  parseWithSchema(datasetConfigSchema, { policy }, 'DATASET_CONFIG_INVALID', { file: 'datasets/set.json' });

function refusalOf(policy: unknown): EarshotError {
  try {
    parsed(policy);
  } catch (error) {
    if (error instanceof EarshotError) return error;
  }
  throw new Error('it was not refused');
}

describe('the policy of a dataset', () => {
  it('has a place for every anomaly of the catalogue, and one only', () => {
    const anomalies = Object.entries(catalogue).filter(([, { kind }]) => kind === 'anomaly');
    const placed = [...Object.keys(uploadPolicyRules), ...Object.keys(datasetPolicyRules), ...fixedCodes];
    expect(placed.sort()).toEqual(anomalies.map(([code]) => code).sort());
    expect(Object.keys(defaultDatasetConfig.policy).sort()).toEqual(placed);
  });

  it('is by default what a dataset without a configuration has', () => {
    const { policy } = defaultDatasetConfig;
    expect(parsed({}).policy).toEqual(policy);
    const of = (severity: string) =>
      Object.entries(policy).flatMap(([code, one]) => (one === severity ? [code] : []));
    expect(of('warning').sort()).toEqual([
      'DUPLICATE_CLIP',
      'LABELS_EMPTY',
      'LABEL_REPEATED',
      'LABEL_UNKNOWN',
      'LEAKED_CLIP',
      'TIMES_INVALID',
    ]);
    expect(of('ignore')).toEqual([]);
  });

  it.each(fixedCodes)('does not let %s be softened', (code) => {
    for (const received of ['warning', 'ignore']) {
      expect(refusalOf({ [code]: received }).details).toEqual({
        file: 'datasets/set.json',
        path: `policy.${code}`,
        expected: '"error"',
        received: `"${received}"`,
      });
    }
    expect(parsed({ [code]: 'error' }).policy[code]).toBe('error');
  });

  it('names what may stand where something else stands', () => {
    expect(refusalOf({ LABEL_INVALID: 'ignore' }).details).toMatchObject({
      path: 'policy.LABEL_INVALID',
      expected: 'one of "error"|"warning"',
      received: '"ignore"',
    });
    expect(refusalOf({ LABELS_EMTPY: 'error' }).details).toMatchObject({
      path: 'policy.LABELS_EMTPY',
      expected: 'no such property',
    });
    expect(refusalOf('strict').details).toMatchObject({ path: 'policy', received: '"strict"' });
  });

  it('concerns what was judged by it only in the codes that were met', () => {
    const judge = new FindingsJudge({ LABELS_EMPTY: 'ignore', TIMES_INVALID: 'error' });
    expect(judge.severityOf('TFRECORD_TRUNCATED')).toBe('error');
    expect(judge.severityOf('LABELS_EMPTY')).toBe('ignore');
    expect(judge.severityOf('FILE_EMPTY')).toBe('error');
    expect(judge.applied).toEqual({ FILE_EMPTY: 'error', LABELS_EMPTY: 'ignore' });
    const rulesWith = (policy: object) => rulesOf(parsed(policy), 'train');
    const judged = { ...rulesWith({}), policy: judge.applied };
    expect(sameRules(judged, rulesWith({}))).toBe(false);
    expect(sameRules(judged, rulesWith({ LABELS_EMPTY: 'ignore' }))).toBe(true);
    expect(sameRules(judged, rulesWith({ LABELS_EMPTY: 'ignore', TIMES_INVALID: 'error' }))).toBe(true);
    expect(sameRules(judged, rulesWith({ LABELS_EMPTY: 'ignore', FILE_EMPTY: 'ignore' }))).toBe(false);
  });
});
