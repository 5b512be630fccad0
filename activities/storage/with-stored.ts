import type { ExternalStorage, PayloadCodec } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { storedIn } from '../../views/payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Reference = temporal.api.common.v1.IPayload;

/** The events with what lies in storage, which a history only refers to. Changes them. */
export async function withStored(
  events: readonly Event[],
  storage: ExternalStorage | undefined,
  codecs: readonly PayloadCodec[],
): Promise<readonly Event[]> {
  for (const reference of events.flatMap(referencesIn)) {
    const { driver: name, at: claimData } = storedIn(reference)?.$stored ?? { driver: '', at: {} };
    const driver = storage?.getDriver(name);
    if (!driver) throw new Error(`this worker has no storage '${name}', which the history refers to`);
    let payloads = await driver.retrieve({}, [{ claimData }]);
    for (const codec of [...codecs].reverse()) payloads = await codec.decode(payloads);
    Object.assign(reference, { externalPayloads: [], ...payloads[0] });
  }
  return events;
}

function referencesIn(node: unknown): Reference[] {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return [];
  if (storedIn(node as Reference) !== null) return [node as Reference];
  return Object.values(node).flatMap(referencesIn);
}
