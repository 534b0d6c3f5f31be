import type { Deviations } from './s3-conformance.ts';

/*
 * Where servers of others differ from what Amazon and IBM document, as seen in `npm run test:extended`. The tests fail
 * when one of these is no more, or when there is another; docs/object-store.md shows them as a table.
 */

/** Ceph RADOS Gateway 16.2.15, as Debian 12 has it. */
export const rgwDeviations: Deviations = {
  'does not make a bucket that is there': {
    again: 'ok',
  },
  'lists buckets with their locations, by prefix and in pages (ListBucketsExtended of COS)': {
    first: 'conformance, ext-a, ext-b, ext-c',
    second: 'conformance, ext-a, ext-b, ext-c',
    locations: 'absent',
  },
  'refuses a key of more than 1,024 bytes': {
    '1,025': '400 InvalidObjectName',
  },
  'answers an error with a document that names code, message and request': {
    Message: 'no',
  },
  'copies with the metadata of the source or with new ones, under conditions': {
    'If-Match wrong': 'ok',
    'If-None-Match right': 'ok',
  },
  'sends ranges of bytes, and refuses those after the end': {
    'bytes=4-2': '416 InvalidRange',
    'lines=1-2': '200 0123456789 of bytes 0-9/10',
    'bytes=-0': '206 0123456789 of bytes 0-9/10',
  },
  'reads under If-… conditions': {
    'If-Match *': '412 PreconditionFailed',
  },
  'writes under If-… conditions': {
    'If-Match right': '412 PreconditionFailed',
    'If-Match where nothing is': '412 PreconditionFailed',
  },
  'loses no update when eight writers read, change and write with If-Match, ten times each': {
    'of 80 updates': 'none possible',
  },
  'completes a multipart upload under If-None-Match *': {
    'over an object': 'ok',
  },
  'refuses parameters of a listing that it cannot honour': {
    'max-keys=-1': '200',
    'encoding-type=base64': '200',
    'continuation-token=made-up': '200',
  },
  'joins parts that came in any order, and shows the object only then': {
    'ETag answered': 'empty',
    'parts then': '404 NoSuchKey',
  },
  'takes the last of two parts of the same number, and leaves out those that are not named': {
    'not named': '400 InvalidPart',
  },
  'forgets an aborted upload': {
    'list parts': '404 NoSuchKey',
    complete: '500 InternalError',
  },
  'refuses to join what does not fit': {
    'the wrong order': '400 EntityTooSmall',
    "another key's upload": '404 NoSuchKey',
  },
  'numbers parts from 1 to 10,000': {
    '0': 'ok',
    '10,001': 'ok',
  },
  'takes the framing off an aws-chunked body whose chunks are signed': {
    'content-encoding': 'aws-chunked',
  },
  'takes signed chunks with a checksum in the trailer, and verifies it': {
    put: '400 XAmzContentSHA256Mismatch',
    stored: '404 NoSuchKey',
    'a wrong checksum': '400 XAmzContentSHA256Mismatch',
  },
  'takes unsigned chunks with a checksum in the trailer, and verifies it': {
    put: '400 XAmzContentSHA256Mismatch',
    stored: '404 NoSuchKey',
    'a wrong checksum': '400 XAmzContentSHA256Mismatch',
  },
  'verifies x-amz-checksum-crc32, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-crc32c, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-sha1, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-sha256, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-crc64nvme, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'answers Expect: 100-continue, and asks for a body only when it can take it': {
    'lost If-None-Match': '412, body asked for',
  },
  'refuses a request that was changed after it was signed': {
    'metadata added': '200',
  },
};

/** moto 5.2.1. It verifies neither signatures nor checksums, and judges a condition some time before it writes. */
export const motoDeviations: Deviations = {
  'refuses names that no bucket may have': {
    Upper: '200',
    'a..b': '200',
    '-a-': '200',
  },
  'lists buckets with their locations, by prefix and in pages (ListBucketsExtended of COS)': {
    first: 'ext-a, ext-b, ext-c',
    second: 'ext-a, ext-b, ext-c',
    locations: 'absent',
  },
  'refuses a key of more than 1,024 bytes': {
    '1,025': '200',
  },
  'sends the headers that the query asks for': {
    'content-type': 'binary/octet-stream',
    'cache-control': 'absent',
  },
  'answers an error with a document that names code, message and request': {
    RequestId: 'another',
  },
  'deletes one and many, and what is not there too': {
    quietly: 'many/2',
  },
  'copies with the metadata of the source or with new ones, under conditions': {
    'If-Match wrong': 'ok',
  },
  'sends ranges of bytes, and refuses those after the end': {
    'lines=1-2': '206 12 of bytes 1-2/10',
  },
  'reads under If-… conditions': {
    'If-Match *': '412 PreconditionFailed',
    'If-Match right, If-Unmodified-Since before': '412 PreconditionFailed',
    'If-None-Match wrong, If-Modified-Since after': '304',
  },
  'lets one of sixteen writers with If-None-Match * make an object': {
    winners: { atTimes: 'several' },
  },
  'loses no update when eight writers read, change and write with If-Match, ten times each': {
    'of 80 updates': { atTimes: 'some lost' },
  },
  'lists by prefix and delimiter in pages, common prefixes counted (version 1)': {
    pages: 'a b/ c d/ e/ | b/ d/ e e/',
    'after a key': 'b/ d/ e e/',
    'after b/1': 'b/ c d/ e e/',
  },
  'has at most a thousand on a page, none for max-keys=0, and the owner when asked': {
    'max-keys=5000': '5000',
    owner: 'always',
  },
  'refuses parameters of a listing that it cannot honour': {
    'max-keys=-1': '200',
    'max-keys=x': '500',
    'encoding-type=base64': '200',
    'continuation-token=made-up': '500',
  },
  'lists the uploads under way, by prefix and in pages': {
    first: 'uploads/b uploads/a é',
    second: 'uploads/b uploads/a é',
  },
  'forgets an aborted upload': {
    'add a part': '500 XMLParserError',
    complete: '500 XMLParserError',
  },
  'refuses to join what does not fit': {
    'the wrong order': 'ok',
    'another ETag': 'ok',
    'a part that was not sent': 'ok',
    'no parts': 'ok',
    'then the right parts': 'the upload is gone',
  },
  'numbers parts from 1 to 10,000': {
    '0': '404 NoSuchUpload',
  },
  'refuses signed chunks of which a byte was changed, and leaves the object as it was': {
    put: '200',
    stored: '150007 other bytes',
  },
  'takes signed chunks with a checksum in the trailer, and verifies it': {
    'a wrong checksum': '200',
  },
  'takes unsigned chunks with a checksum in the trailer, and verifies it': {
    'a wrong checksum': '200',
  },
  'verifies Content-MD5': {
    wrong: '200',
    malformed: '200',
  },
  'verifies x-amz-checksum-crc32, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-crc32c, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-sha1, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-sha256, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies x-amz-checksum-crc64nvme, keeps it, and sends it when asked': {
    kept: 'no',
    wrong: '200',
  },
  'verifies the SHA-256 that was signed for the body': {
    'another body': '200',
    stored: 'forged',
  },
  'answers Expect: 100-continue, and asks for a body only when it can take it': {
    first: 'no answer',
    'lost If-None-Match': 'no answer',
  },
  'refuses strangers': {
    'no signature, get': '403',
    'no signature, put': '403',
    'unknown access key': '200',
    'wrong secret, get': 'ok',
    'wrong secret, put': 'ok',
    'wrong secret, list': 'ok',
  },
  'refuses a request that was changed after it was signed': {
    'another key': '200',
    'another method': '204',
    'metadata added': '200',
  },
  'refuses a signature that is 16 minutes old or of the future': {
    old: '200',
    future: '200',
  },
  'opens a presigned address to anyone for its method, its key and its time': {
    'another method': '204',
    'another key': '200',
    'its time lengthened': '200',
    'after its time': '200',
  },
};
