// Whole logs as objects of a bucket. What expires there is a rule of the bucket's own, on the prefix `goalkeeper-logs/`.

import type { S3Client } from '@aws-sdk/client-s3';
import { isChunkName } from '../goals/wire/kept-logs.ts';
import { folderOfLog, type LogOf, type LogStore } from './log-store.ts';
import { StartProblem } from './start-problem.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** Objects of one request to delete. */
const AT_ONCE = 1000;

export class LogBucket implements LogStore {
  readonly #sdk: Sdk;
  readonly #s3: S3Client;
  readonly #bucket: string;

  private constructor(sdk: Sdk, s3: S3Client, bucket: string) {
    this.#sdk = sdk;
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** @throws StartProblem `logs_driver_missing` where what speaks with S3 is not installed. */
  static async open(bucket: string, environment: Record<string, string | undefined>): Promise<LogBucket> {
    const sdk = await import('@aws-sdk/client-s3').catch((error: Error) => {
      throw new StartProblem(
        'logs_driver_missing',
        `GOALKEEPER_LOGS is s3://${bucket}, but what speaks with S3 is not installed (${error.message}). Run \`npm install @aws-sdk/client-s3\`.`,
      );
    });
    // Of a service that speaks S3 and is not Amazon's, few know a bucket as a host's name.
    const forcePathStyle = Boolean(environment.AWS_ENDPOINT_URL || environment.AWS_ENDPOINT_URL_S3);
    return new LogBucket(sdk, new sdk.S3Client({ forcePathStyle }), bucket);
  }

  async write(of: LogOf, name: string, bytes: Uint8Array): Promise<void> {
    const { PutObjectCommand } = this.#sdk;
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: prefixOf(of) + name, Body: bytes }),
    );
  }

  async list(of: LogOf, after: string | null, limit: number): Promise<string[]> {
    const { ListObjectsV2Command } = this.#sdk;
    const Prefix = prefixOf(of);
    const { Contents = [] } = await this.#s3.send(
      new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix,
        MaxKeys: limit,
        ...(after === null ? {} : { StartAfter: Prefix + after }),
      }),
    );
    return Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).filter(isChunkName);
  }

  async read(of: LogOf, name: string): Promise<Uint8Array | null> {
    const { GetObjectCommand, NoSuchKey } = this.#sdk;
    try {
      const { Body } = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: prefixOf(of) + name }),
      );
      return (await Body?.transformToByteArray()) ?? null;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  async forget(of: LogOf): Promise<number> {
    const { DeleteObjectsCommand } = this.#sdk;
    for (let deleted = 0; ; ) {
      const names = await this.list(of, null, AT_ONCE);
      if (names.length === 0) return deleted;
      const Objects = names.map((name) => ({ Key: prefixOf(of) + name }));
      const { Errors = [] } = await this.#s3.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0)
        throw new Error(`${this.#bucket} keeps logs: ${Errors[0]?.Code}; is DeleteObject allowed?`);
      deleted += names.length;
    }
  }

  /** The bucket's own rule does that. */
  async expire(): Promise<void> {}
}

const prefixOf = (of: LogOf): string => `goalkeeper-logs/${folderOfLog(of)}/`;
