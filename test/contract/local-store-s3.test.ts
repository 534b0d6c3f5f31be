import { startTemporaryStore } from '../fixtures/object-store/temporary-store.ts';
import { s3Conformance } from './s3/s3-conformance.ts';

s3Conformance('our local object store', async () => {
  const local = await startTemporaryStore();
  return { url: local.server.url, location: 'us-south-standard', close: local.remove };
});
