// What the workflow sandbox makes of payloads. The SDK's own refuses what is no plain JSON by failing the workflow's
// task, which is then tried for ever: a worker in another language could hang every run that asks it for something.

import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/workflow';

/** Stands for a payload that is no JSON. */
export class Unreadable {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** The name is the SDK's: it looks for it in the module that the bundle was given (activities/bundle.ts). */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, ...rest) => defaultPayloadConverter.toPayload(value, ...rest),
  fromPayload<T>(payload: Parameters<PayloadConverter['fromPayload']>[0]): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      return new Unreadable((error as Error).message) as T;
    }
  },
};
