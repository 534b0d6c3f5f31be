import * as z from 'zod';
import { parseWithSchema } from '../../shared/errors/parse-with-schema.ts';
import type { Service } from '../service/service.ts';
import { cosEventSchema } from '../service/service-schema.ts';

/** Beside the app's bundle in its image. */
export const descriptionFile = 'app.json';

const functionSchema = z.strictObject({
  /** Path of the bundle, relative to the description. */
  bundle: z.string(),
  /** For one event, the wait for a free place included. */
  timeoutSeconds: z.int().min(1).max(600),
  /** Events that are worked on at once. */
  concurrency: z.int().min(1),
  /** Objects that wake it. */
  cos: z.array(cosEventSchema),
  /** Whether the clock wakes it. */
  cron: z.boolean(),
});
const descriptionSchema = z.strictObject({ functions: z.record(z.string(), functionSchema) });

export type EventFunctionDescription = z.infer<typeof functionSchema>;
/** What the events app is made for: the event functions of serverless.yml. */
export type AppDescription = z.infer<typeof descriptionSchema>;

const usual = { timeout: 60, concurrency: 1 };

/** The functions that objects or the clock wake. */
export function describeEventsApp(service: Service): AppDescription {
  const described = Object.entries(service.functions).flatMap(([name, fn]) => {
    const cos = fn.events.flatMap((event) => ('cos' in event ? [event.cos] : []));
    const cron = fn.events.some((event) => 'cron' in event);
    if (cos.length === 0 && !cron) return [];
    const { timeout: timeoutSeconds = usual.timeout, concurrency = usual.concurrency } = fn;
    return [[name, { bundle: `functions/${name}/main.cjs`, timeoutSeconds, concurrency, cos, cron }]];
  });
  return { functions: Object.fromEntries(described) };
}

/** @throws SETTING_INVALID when the text is no description */
export function parseDescription(text: string): AppDescription {
  return parseWithSchema(descriptionSchema, JSON.parse(text), 'SETTING_INVALID', { file: descriptionFile });
}
