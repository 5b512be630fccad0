// What the workflow sandbox makes of payloads. The SDK's own refuses what is no plain JSON by failing the workflow's
// task, which is then tried for ever: a worker in another language could hang every run that asks it for something.

import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/workflow';
import { INLINE_METADATA, READABLE_METADATA } from '../../goals/wire/stored.ts';
import { type Inexact, inexactIn } from '../../goals/wire/text/inexact.ts';
import { Readable } from '../readable.ts';

/** Stands for a payload that is no JSON. */
export class Unreadable {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** A value whose payload stays in the history, as who gets it has no storage: a worker in another language. */
export class Inline {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** A value that has been written as JSON already, and is not read once more: its own code might give something else then. */
export class Written {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

/** The name is the SDK's: it looks for it in the module that the bundle was given (activities/bundle.ts). */
export const payloadConverter: PayloadConverter = {
  toPayload(value, ...rest) {
    if (value instanceof Written) return payloadOf(value);
    const mark =
      value instanceof Inline ? INLINE_METADATA : value instanceof Readable ? READABLE_METADATA : null;
    if (mark === null) return defaultPayloadConverter.toPayload(value, ...rest);
    const payload = defaultPayloadConverter.toPayload((value as Inline | Readable).value, ...rest) as Payload;
    return { ...payload, metadata: { ...payload.metadata, [mark]: new Uint8Array([1]) } };
  },
  fromPayload<T>(payload: Parameters<PayloadConverter['fromPayload']>[0]): T {
    try {
      const value = defaultPayloadConverter.fromPayload<T>(payload);
      if (typeof value === 'object' && value !== null) noteInexact(value, payload);
      return value;
    } catch (error) {
      return new Unreadable((error as Error).message) as T;
    }
  },
};

function payloadOf({ json }: Written): Payload {
  const anyJson = defaultPayloadConverter.toPayload(null) as Payload;
  return { ...anyJson, data: new TextEncoder().encode(json) };
}

/** Of values that have a number which is not the one that was written: by no worker in JavaScript. */
const inexact = new WeakMap<object, Inexact>();

/** The first number of a value, as it was read from a payload, that is not the one that was written there. */
export const inexactOf = (value: unknown): Inexact | null =>
  (typeof value === 'object' && value !== null && inexact.get(value)) || null;

function noteInexact(value: object, { data }: Payload): void {
  const found = data ? inexactIn(new TextDecoder().decode(data)) : null;
  if (found !== null) inexact.set(value, found);
}

/** What the sandbox has of the platform beside the language. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };
