// Where payloads of more than 256 KiB go: a directory, or Amazon's S3 by the SDK's own driver. GOALKEEPER_STORAGE says.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { ExternalStorage, type StorageDriver } from '@temporalio/common';
import { LARGEST_BYTES, STORED_BYTES } from '../../goals/wire/stored.ts';
import { holdsCredentials } from '../../process/credentials.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { staysInHistory } from '../../process/stays-in-history.ts';
import { DirectoryDriver } from './directory-driver.ts';
import type { Forgetting } from './forgetting.ts';

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
  const [{ S3StorageDriver }, { AwsSdkS3StorageDriverClient }, sdk] = await Promise.all([
    import('@temporalio/external-storage-s3'),
    import('@temporalio/external-storage-s3-aws-sdk'),
    import('@aws-sdk/client-s3'),
  ]).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_MODULE_NOT_FOUND' ? driverMissing(bucket, error) : error;
  });
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'])
    if (environment[name] && holdsCredentials(environment[name]))
      throw new StartProblem(
        'storage_invalid',
        `${name} holds a user or password; use AWS_ACCESS_KEY_ID and its like`,
      );
  // Of a service that speaks S3 and is not Amazon's, few know a bucket as a host's name.
  const forcePathStyle = Boolean(environment.AWS_ENDPOINT_URL || environment.AWS_ENDPOINT_URL_S3);
  const s3 = new sdk.S3Client({ forcePathStyle });
  const client = new AwsSdkS3StorageDriverClient(s3);
  const driver = new S3StorageDriver({ client, bucket, maxPayloadSize: 2 * LARGEST_BYTES });
  return Object.assign(driver, { forget: forgettingIn(s3, sdk, bucket) } satisfies Forgetting);
}

/** All that the driver has stored of a workflow begins alike; see `buildContextSegments` of it. */
const forgettingIn =
  (
    s3: S3Client,
    { ListObjectsV2Command, DeleteObjectsCommand }: typeof import('@aws-sdk/client-s3'),
    bucket: string,
  ): Forgetting['forget'] =>
  async ({ namespace, id, type }) => {
    const [ns, wt, wi] = [namespace, type, id].map((part) => encodeURIComponent(part).replaceAll('~', '%7E'));
    const Prefix = `v0/ns/${ns}/wt/${wt}/wi/${wi}/`;
    let deleted = 0;
    for (;;) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
      if (Contents.length === 0) return deleted;
      const Objects = Contents.map(({ Key }) => ({ Key }));
      const { Errors = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0)
        throw new Error(
          `${bucket} keeps ${Errors.length} objects: ${Errors[0]?.Code}; is DeleteObject allowed?`,
        );
      deleted += Contents.length;
    }
  };

/** The packages that speak with S3, which a team installs beside goalkeeper. */
export const S3_PACKAGES = [
  '@temporalio/external-storage-s3',
  '@temporalio/external-storage-s3-aws-sdk',
  '@aws-sdk/client-s3',
] as const;

const driverMissing = (bucket: string, { message }: Error): StartProblem =>
  new StartProblem(
    'storage_driver_missing',
    `GOALKEEPER_STORAGE is s3://${bucket}, but what speaks with S3 is not installed (${message}). ` +
      `Run \`npm install ${S3_PACKAGES.join(' ')}\`.`,
  );
