import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countTogether, type OpenedStore, objectStoreContract } from '../contract/object-store-contract.ts';
import { openContractBucket } from './contract-bucket.ts';
import { hasRgw, startRgw } from './rgw/rgw-server.ts';

const name = 'ibm-cos-sdk and Ceph RGW';
const open = () => openContractBucket(startRgw);

if (hasRgw) {
  objectStoreContract(name, open, {
    noLostUpdate: { atTimes: 'takes a write with If-Match that lost a race for made' },
    listedAsHead: { always: 'lists milliseconds of LastModified, and answers HEAD in whole seconds' },
  });

  describe('Ceph RGW 16', () => {
    let opened: OpenedStore;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    it('loses updates at times when writers change and write with ifMatch (known difference)', async () => {
      const mostRounds = 60;
      const counts: number[] = [];
      while (counts.length < mostRounds && !counts.some((count) => count < 8)) {
        counts.push(await countTogether(opened.store, `counter-${counts.length}`, 8));
      }
      expect(counts.at(-1)).toBeLessThan(8);
    });

    it('joins the parts of a large object whatever the condition of their completion (known difference)', async () => {
      const { store } = opened;
      const large = Buffer.alloc(65 * 1024 * 1024);
      // Both find nothing there when they begin.
      const both = await Promise.all([1, 2].map(() => store.put('large', large, { ifAbsent: true })));
      expect(both.map(({ written }) => written)).toEqual([true, true]);
    });
  });
} else {
  describe(`the object store contract over ${name}`, () => {
    it.skip('needs Ceph RGW (apt-get install radosgw ceph-mon ceph-osd ceph-common)', () => {});
  });
}
