// Reads the payloads of a history: plain JSON, or a reference into external storage.

import type { temporal } from '@temporalio/proto';
import { type Stored, storedSchema } from '../goals/wire/stored.ts';

type Payload = temporal.api.common.v1.IPayload;
type Payloads = temporal.api.common.v1.IPayloads;

/** Node, browsers and Temporal's sandbox have it; the types of views/ are none of theirs. */
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

const text = new TextDecoder();

const REFERENCE = 'temporal.api.sdk.v1.ExternalStorageReference';

/** What a payload says of the external storage in which its value lies; null for any other. */
export function storedIn(payload: Payload | null | undefined): Stored | null {
  const { messageType, encoding } = payload?.metadata ?? {};
  if (!payload?.data || messageType === undefined || encoding === undefined) return null;
  if (text.decode(messageType) !== REFERENCE || text.decode(encoding) !== 'json/protobuf') return null;
  try {
    const { driverName, claimData } = JSON.parse(text.decode(payload.data));
    const bytes = Number(payload.externalPayloads?.[0]?.sizeBytes ?? 0);
    const sha256 = claimData.sha256 ?? (claimData.hashAlgorithm === 'sha256' ? claimData.hashValue : null);
    return (
      storedSchema.safeParse({ $stored: { driver: driverName, bytes, sha256, at: claimData } }).data ?? null
    );
  } catch {
    return null;
  }
}

/** The value of a payload: JSON parsed; undefined for nothing, and for what is no plain JSON. Where it lies in storage: `Stored`. */
export function value(payload: Payload | null | undefined): unknown {
  const stored = storedIn(payload);
  if (stored !== null) return stored;
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
