import { setTimeout as delay } from 'node:timers/promises';
import type { WorkerOptions } from '@temporalio/worker';
import type { Plugin } from '../../../activities/worker.ts';

/** Answers local activities late, each by as long as chance has it. */
export const inAnyOrder: Plugin = {
  name: 'in any order',
  configureWorker: (options: WorkerOptions) => ({
    ...options,
    interceptors: {
      ...options.interceptors,
      activity: [
        ...(options.interceptors?.activity ?? []),
        ({ info }) => ({
          inbound: {
            async execute(input, next) {
              const output = await next(input);
              if (info.isLocal) await delay(Math.random() * 60);
              return output;
            },
          },
        }),
      ],
    },
  }),
};
