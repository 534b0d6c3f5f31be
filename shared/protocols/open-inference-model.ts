import * as z from 'zod';
import { jsonResult } from '../http/http-event.ts';
import { outputNames } from './open-inference-schemas.ts';
import { choiceOf, type Route } from './route.ts';

const serverSchema = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
const liveSchema = z.object({ live: z.literal(true) });
const readySchema = z.object({ ready: z.literal(true) });

/** Of the server: what it is, that it runs, that its model is loaded. */
export const serverRoutes = (protocol: string): readonly Route[] => [
  {
    method: 'GET',
    path: '/v2',
    operation: { id: 'openInferenceServer', protocol, summary: 'What the server is.', answer: serverSchema },
    handle: async () =>
      jsonResult(200, {
        name: 'earshot',
        version: '2',
        extensions: ['classification'],
      } satisfies z.input<typeof serverSchema>),
  },
  {
    method: 'GET',
    path: '/v2/health/live',
    open: true,
    operation: { id: 'openInferenceLive', protocol, summary: 'That the server runs.', answer: liveSchema },
    handle: async () => jsonResult(200, { live: true } satisfies z.input<typeof liveSchema>),
  },
  {
    method: 'GET',
    path: '/v2/health/ready',
    open: true,
    operation: {
      id: 'openInferenceReady',
      protocol,
      summary: 'That the model is loaded; loads it when none is.',
      answer: readySchema,
    },
    handle: ({ serving }) =>
      serving.use({}, async () => jsonResult(200, { ready: true } satisfies z.input<typeof readySchema>)),
  },
];

const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const modelSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
});
const modelReadySchema = z.object({ name: z.string(), ready: z.literal(true) });

/** Of a model: what it takes and gives, and that it is loaded. */
export const modelRoutes = (path: string, of: string, protocol: string): readonly Route[] => [
  {
    method: 'GET',
    path,
    operation: {
      id: `openInferenceModel${of}`,
      protocol,
      summary: 'What the model takes and gives.',
      answer: modelSchema,
    },
    handle: ({ params, serving }) =>
      serving.use(choiceOf(params), async ({ name, version, saved: { spec, preprocessing } }) => {
        const datatype = preprocessing.dtype === 'uint8' ? 'UINT8' : 'FP32';
        return jsonResult(200, {
          name,
          versions: [version],
          platform: 'tensorflowjs_graph_model',
          inputs: [{ name: 'embedding', datatype, shape: [-1, -1, spec.width] }],
          outputs: outputNames.map((output) => ({
            name: output,
            datatype: output === 'probabilities' || output === 'scores' ? 'FP32' : 'BYTES',
            shape: [-1, output === 'probabilities' ? spec.labels : -1],
          })),
        } satisfies z.input<typeof modelSchema>);
      }),
  },
  {
    method: 'GET',
    path: `${path}/ready`,
    operation: {
      id: `openInferenceModelReady${of}`,
      protocol,
      summary: 'That the model is loaded; loads it when it is not.',
      answer: modelReadySchema,
    },
    handle: ({ params, serving }) =>
      serving.use(choiceOf(params), async ({ name }) =>
        jsonResult(200, { name, ready: true } satisfies z.input<typeof modelReadySchema>),
      ),
  },
];
