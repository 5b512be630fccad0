// In which order a worker's activities are done, where a test says so.

import { setTimeout as delay } from 'node:timers/promises';
import type { Info } from '@temporalio/activity';
import type { WorkerOptions } from '@temporalio/worker';
import type { Plugin } from '../../activities/worker.ts';

/** Does an activity when it is its time. */
export type Order = (info: Info, work: () => Promise<unknown>) => Promise<unknown>;

export const inOrder = (order: Order): Plugin => ({
  name: 'in order',
  configureWorker: (options: WorkerOptions) => ({
    ...options,
    interceptors: {
      ...options.interceptors,
      activity: [
        ...(options.interceptors?.activity ?? []),
        ({ info }) => ({ inbound: { execute: (input, next) => order(info, () => next(input)) } }),
      ],
    },
  }),
});

/** Answers local activities late, each by as long as chance has it. */
export const inAnyOrder = inOrder(async ({ isLocal }, work) => {
  const output = await work();
  if (isLocal) await delay(Math.random() * 60);
  return output;
});
