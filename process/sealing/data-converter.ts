// How a worker's own engine converts: Temporal's core has a connection of its own, which no client's service stands before.

import { fileURLToPath } from 'node:url';
import type { DataConverter, ExternalStorage } from '@temporalio/common';
import { SEALED_GLOBAL } from '../../goals/wire/names.ts';
import { codecOf, type Sealing } from './sealing.ts';

const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

export const isSealing = (sealing: Sealing): boolean => sealing.ring().ids.length > 0;

/** What is stored outside is sealed before. */
export const dataConverterOf = (
  sealing: Sealing,
  namespace: string,
  externalStorage?: ExternalStorage,
): DataConverter => ({
  ...(externalStorage === undefined ? {} : { externalStorage }),
  payloadCodecs: [codecOf(sealing, namespace)],
  ...(isSealing(sealing) ? { failureConverterPath: FAILURE_CONVERTER } : {}),
});

/** Workflow code as it runs there: its first line is made longer, so that stacks name the same lines; no digest is of it. */
export const sealedCode = (code: string, sealing: Sealing): string =>
  isSealing(sealing) ? `globalThis.${SEALED_GLOBAL} = true; ${code}` : code;
