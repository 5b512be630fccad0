import { defineSignal, setHandler } from '@temporalio/workflow';
import type { Ledger } from '../../goals/wire/ledger.ts';
import { shardReportSchema } from '../../goals/wire/map.ts';
import { signalNames } from '../../goals/wire/names.ts';

const mapTold = defineSignal<[unknown]>(signalNames.mapTold);

/** Takes in the errors that shards of maps report; the rest is for the run's view. */
export function listenToShards(observer: {
  met(path: string | null, ledger: Ledger | undefined): void;
}): void {
  setHandler(mapTold, (given) => {
    for (const { ledger } of shardReportSchema.safeParse(given).data?.troubled ?? [])
      observer.met(null, ledger);
  });
}
