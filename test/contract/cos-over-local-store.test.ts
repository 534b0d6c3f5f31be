import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { startTemporaryStore } from '../fixtures/object-store/temporary-store.ts';
import { objectStoreContract } from './object-store-contract.ts';

objectStoreContract('ibm-cos-sdk and the local object store', async () => {
  const local = await startTemporaryStore();
  return { store: openCosObjectStore(local.settings), close: local.remove };
});
