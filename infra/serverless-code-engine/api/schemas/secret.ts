import * as z from 'zod';
import { dottedName, entityTag, resourceAnswer } from './common.ts';

const keyed = z.record(z.string().regex(/^[-._a-zA-Z0-9]+$/, 'a key of letters, digits and -._'), z.string());

/** What each format holds; of the API's nine, those that a deployment makes. */
const formats = {
  generic: keyed,
  hmac_auth: z.strictObject({ access_key_id: z.string().min(1), secret_access_key: z.string().min(1) }),
  registry: z.strictObject({
    /** Host of the registry. */
    server: z.string().min(1),
    username: z.string().min(1),
    password: z.string().min(1),
    email: z.string().optional(),
  }),
  tls: z.strictObject({ tls_cert: z.string().min(1), tls_key: z.string().min(1) }),
};

const withFields = <S extends z.ZodRawShape>(shape: S) =>
  z.discriminatedUnion('format', [
    z.strictObject({ ...shape, format: z.literal('generic'), data: formats.generic }),
    z.strictObject({ ...shape, format: z.literal('hmac_auth'), data: formats.hmac_auth }),
    z.strictObject({ ...shape, format: z.literal('registry'), data: formats.registry }),
    z.strictObject({ ...shape, format: z.literal('tls'), data: formats.tls }),
  ]);

export const secretRequest = withFields({ name: dottedName });
/** The whole of the secret: it is replaced. */
export const secretChange = withFields({});

export const secretAnswer = z.looseObject({
  ...resourceAnswer,
  ...entityTag,
  format: z.string(),
  generated_by: z.string().optional(),
  /** [UNVERIFIED] whether the values come back, and whether as they were given; never to be shown. */
  data: z.record(z.string(), z.string()).optional(),
});

export const configMapRequest = z.strictObject({ name: dottedName, data: keyed.optional() });
/** The whole of the map: it is replaced. */
export const configMapChange = configMapRequest.omit({ name: true });

export const configMapAnswer = z.looseObject({
  ...resourceAnswer,
  ...entityTag,
  data: z.record(z.string(), z.string()).optional(),
});
