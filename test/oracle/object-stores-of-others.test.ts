import { describe, it } from 'vitest';
import { objectStoreContract } from '../contract/object-store-contract.ts';
import { motoDeviations, rgwDeviations } from '../contract/s3/deviations.ts';
import { s3Conformance } from '../contract/s3/s3-conformance.ts';
import { openContractBucket } from './contract-bucket.ts';
import { hasMoto, startMoto } from './moto/moto-server.ts';
import { hasRgw, startRgw } from './rgw/rgw-server.ts';

/** What holds for our store is held against servers of others, with the differences that are listed. */
if (hasRgw) s3Conformance('Ceph RGW', startRgw, rgwDeviations);
else skipped('Ceph RGW', 'apt-get install radosgw ceph-mon ceph-osd ceph-common');

if (hasMoto) {
  s3Conformance('moto', startMoto, motoDeviations);
  const atTimes = 'moto judges a condition some time before it writes';
  objectStoreContract('ibm-cos-sdk and moto', () => openContractBucket(startMoto), {
    oneWinner: { atTimes },
    noLostUpdate: { atTimes },
  });
} else skipped('moto', 'pip install "moto[server]"');

function skipped(name: string, remedy: string): void {
  describe(`the S3 protocol, as ${name} speaks it:`, () => {
    it.skip(`needs ${name} (${remedy})`, () => {});
  });
}
