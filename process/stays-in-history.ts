// Payloads that no storage takes, however large they are: who reads them has none.

import type { Payload } from '@temporalio/common';
import { INLINE_METADATA } from '../goals/wire/stored.ts';

/** How the result of a batch begins: views read each call's answer in it, and it is bounded (activities/attempts/batch-attempt.ts). */
const BATCH_RESULT = new TextEncoder().encode('{"gk":1,"answers":');

export const staysInHistory = ({ metadata, data }: Payload): boolean =>
  metadata?.[INLINE_METADATA] !== undefined ||
  (data ? BATCH_RESULT.every((byte, i) => data[i] === byte) : false);
