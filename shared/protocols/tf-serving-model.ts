import * as z from 'zod';
import { jsonResult } from '../http/http-event.ts';
import { choiceOf, type Route } from './route.ts';

const statusSchema = z.object({
  model_version_status: z.array(
    z.object({
      version: z.string(),
      state: z.literal('AVAILABLE'),
      status: z.object({ error_code: z.literal('OK'), error_message: z.string() }),
    }),
  ),
});

export const statusRoute = (path: string, id: string, protocol: string): Route => ({
  method: 'GET',
  path,
  operation: { id, protocol, summary: 'Which version is served.', answer: statusSchema },
  handle: ({ params, serving }) =>
    serving.use(choiceOf(params), async ({ version }) =>
      jsonResult(200, {
        model_version_status: [
          { version, state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
        ],
      } satisfies z.input<typeof statusSchema>),
    ),
});

const tensorInfo = z.object({
  dtype: z.string(),
  tensor_shape: z.object({
    dim: z.array(z.object({ size: z.string(), name: z.string() })),
    unknown_rank: z.boolean(),
  }),
  name: z.string(),
});
const metadataSchema = z.object({
  model_spec: z.object({ name: z.string(), signature_name: z.string(), version: z.string() }),
  metadata: z.object({
    signature_def: z.object({
      signature_def: z.object({
        serving_default: z.object({
          inputs: z.object({ embedding: tensorInfo }),
          outputs: z.object({ probabilities: tensorInfo }),
          method_name: z.string(),
        }),
      }),
    }),
  }),
});

const infoOf = (name: string, dtype: string, sizes: readonly number[]) => ({
  dtype,
  tensor_shape: { dim: sizes.map((size) => ({ size: `${size}`, name: '' })), unknown_rank: false },
  name: `${name}:0`,
});

export const metadataRoute = (path: string, id: string, protocol: string): Route => ({
  method: 'GET',
  path,
  operation: { id, protocol, summary: 'What the model takes and gives.', answer: metadataSchema },
  handle: ({ params, serving }) =>
    serving.use(choiceOf(params), async ({ name, version, saved: { spec, preprocessing } }) => {
      const type = preprocessing.dtype === 'uint8' ? 'DT_UINT8' : 'DT_FLOAT';
      return jsonResult(200, {
        model_spec: { name, signature_name: '', version },
        metadata: {
          signature_def: {
            signature_def: {
              serving_default: {
                inputs: { embedding: infoOf('embedding', type, [-1, -1, spec.width]) },
                outputs: { probabilities: infoOf('probabilities', 'DT_FLOAT', [-1, spec.labels]) },
                method_name: 'tensorflow/serving/predict',
              },
            },
          },
        },
      } satisfies z.input<typeof metadataSchema>);
    }),
});
