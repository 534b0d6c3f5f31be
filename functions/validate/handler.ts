import { eventFunction, objectHint } from '../../shared/events/event-function.ts';
import { validateUpload } from '../../shared/validation/validate-upload.ts';

/** Woken by every write and delete below incoming/: makes receipt and quarantine agree with the upload. */
export const main = eventFunction('validate', async (hint, { store }) => {
  const result = await validateUpload(store, objectHint(hint).key);
  if (result.outcome !== 'validated') return result;
  const { clips, quarantined, anomalyCounts } = result.receipt;
  return { outcome: result.outcome, clips, quarantined: quarantined.records, anomalies: anomalyCounts };
});
