import type { temporal } from '@temporalio/proto';

type Payload = temporal.api.common.v1.IPayload;
type Payloads = temporal.api.common.v1.IPayloads;

const text = new TextDecoder();

/** The value of a payload: JSON parsed; undefined for nothing, and for what is no plain JSON. */
export function value(payload: Payload | null | undefined): unknown {
  const encoding = payload?.metadata?.encoding;
  if (!payload?.data || encoding === undefined) return undefined;
  if (!['json/plain', 'json/protobuf'].includes(text.decode(encoding))) return undefined;
  try {
    return JSON.parse(text.decode(payload.data));
  } catch {
    return undefined;
  }
}

/** The value of the first of the payloads. */
export const firstValue = (payloads: Payloads | null | undefined): unknown => value(payloads?.payloads?.[0]);
