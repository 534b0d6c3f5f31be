import { audioCodes } from './catalogue/audio.ts';
import { cloudCodes } from './catalogue/cloud.ts';
import { cloudCommandCodes } from './catalogue/cloud-commands.ts';
import { convertCodes } from './catalogue/convert.ts';
import { datasetCodes } from './catalogue/dataset.ts';
import { deployCodes } from './catalogue/deploy.ts';
import type { CatalogueEntry } from './catalogue/entry.ts';
import { eventsAppCodes } from './catalogue/events-app.ts';
import { httpCodes } from './catalogue/http.ts';
import { imageCodes } from './catalogue/images.ts';
import { platformCodes } from './catalogue/platform.ts';
import { searchCodes } from './catalogue/search.ts';
import { storageCodes } from './catalogue/storage.ts';
import { tfrecordCodes } from './catalogue/tfrecord.ts';
import { trainingCodes } from './catalogue/training.ts';

const codes = {
  ...tfrecordCodes,
  ...datasetCodes,
  ...convertCodes,
  ...storageCodes,
  ...trainingCodes,
  ...httpCodes,
  ...audioCodes,
  ...searchCodes,
  ...platformCodes,
  ...cloudCommandCodes,
  ...cloudCodes,
  ...deployCodes,
  ...eventsAppCodes,
  ...imageCodes,
};

/** Every code that Earshot can report. */
export type ErrorCode = keyof typeof codes;
/** The codes that a receipt, a quarantine file or a snapshot can carry. */
export type AnomalyCode = {
  [C in ErrorCode]: (typeof codes)[C] extends { kind: 'anomaly' } ? C : never;
}[ErrorCode];

/** The closed catalogue: code → message, cause, remedy. */
export const catalogue: Readonly<Record<ErrorCode, CatalogueEntry>> = codes;
