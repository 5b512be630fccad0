// Where payloads of more than 256 KiB go: a directory, or Amazon's S3 by the SDK's own driver. GOALKEEPER_STORAGE says.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ExternalStorage, type Payload, type StorageDriver } from '@temporalio/common';
import { INLINE_METADATA, LARGEST_BYTES, STORED_BYTES } from '../../goals/wire/stored.ts';
import { holdsCredentials } from '../../process/credentials.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { DirectoryDriver } from './directory-driver.ts';

type Environment = Record<string, string | undefined>;

/** Where payloads go when nothing else is said: a directory of whoever runs the worker. */
export const defaultDirectory = (environment: Environment = process.env): string =>
  join(environment.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'goalkeeper', 'payloads');

/**
 * The storage that GOALKEEPER_STORAGE names: the absolute path of a directory, or `s3://bucket`. A `StartProblem` when it
 * is neither. The AWS SDK reads its region and credentials as always.
 */
export async function storageFrom(environment: Environment): Promise<ExternalStorage> {
  const { GOALKEEPER_STORAGE: place = '' } = environment;
  if (place === '') return storageOf(new DirectoryDriver(defaultDirectory(environment)));
  const bucket = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/?$/.exec(place)?.[1];
  if (bucket !== undefined) return storageOf(await s3Driver(bucket, environment));
  if (isAbsolute(place)) return storageOf(new DirectoryDriver(place));
  throw new StartProblem(
    'storage_invalid',
    `GOALKEEPER_STORAGE is ${JSON.stringify(place)}; give the absolute path of a directory that all workers have, or s3://bucket`,
  );
}

export const storageOf = (driver: StorageDriver): ExternalStorage =>
  new ExternalStorage({
    drivers: [driver],
    driverSelector: (_, payload) => (staysInHistory(payload) ? null : driver),
    payloadSizeThreshold: STORED_BYTES,
  });

/** Loaded only where it is wanted. */
async function s3Driver(bucket: string, environment: Environment): Promise<StorageDriver> {
  const [{ S3StorageDriver }, { AwsSdkS3StorageDriverClient }, { S3Client }] = await Promise.all([
    import('@temporalio/external-storage-s3'),
    import('@temporalio/external-storage-s3-aws-sdk'),
    import('@aws-sdk/client-s3'),
  ]);
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'])
    if (environment[name] && holdsCredentials(environment[name]))
      throw new StartProblem(
        'storage_invalid',
        `${name} holds a user or password; use AWS_ACCESS_KEY_ID and its like`,
      );
  // Of a service that speaks S3 and is not Amazon's, few know a bucket as a host's name.
  const forcePathStyle = Boolean(environment.AWS_ENDPOINT_URL || environment.AWS_ENDPOINT_URL_S3);
  const client = new AwsSdkS3StorageDriverClient(new S3Client({ forcePathStyle }));
  return new S3StorageDriver({ client, bucket, maxPayloadSize: 2 * LARGEST_BYTES });
}

/** How the result of a batch begins: views read each call's answer in it, and it is bounded (activities/attempts/batch-attempt.ts). */
const BATCH_RESULT = new TextEncoder().encode('{"gk":1,"answers":');

const staysInHistory = ({ metadata, data }: Payload): boolean =>
  metadata?.[INLINE_METADATA] !== undefined ||
  (data ? BATCH_RESULT.every((byte, i) => data[i] === byte) : false);
