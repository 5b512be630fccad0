// The control figures: what the upstream says it delivered. They are computed from the raw file as it streams by, on
// another route than the partitions (and than the warehouse's SQL), so that agreeing with them means something.

import { createReadStream } from 'node:fs';

export interface Figures {
  rows: number;
  delay: number;
  distance: number;
}

export interface Control {
  total: Figures;
  partitions: Record<string, Figures>;
}

const FLIGHT = /\{"date":"(\d{4})\/(\d{2})\/[^}]*?"delay":(-?\d+),"distance":(\d+)[^}]*\}/g;

export async function controlOf(flightsFile: string): Promise<Control> {
  const control: Control = { total: none(), partitions: {} };
  let rest = '';
  for await (const chunk of createReadStream(flightsFile, 'utf8')) {
    const text = rest + chunk;
    for (const [, year, month, delay, distance] of text.matchAll(FLIGHT)) {
      const partition = `${year}-${month}`;
      control.partitions[partition] ??= none();
      for (const figures of [control.total, control.partitions[partition]]) {
        figures.rows += 1;
        figures.delay += Number(delay);
        figures.distance += Number(distance);
      }
    }
    rest = text.slice(text.lastIndexOf('}') + 1);
  }
  return control;
}

/** What the control file of a delivery without that partition says. */
export function controlWithout({ partitions }: Control, left: string): Control {
  const total = none();
  const { [left]: _, ...others } = partitions;
  for (const { rows, delay, distance } of Object.values(others)) {
    total.rows += rows;
    total.delay += delay;
    total.distance += distance;
  }
  return { total, partitions: others };
}

const none = (): Figures => ({ rows: 0, delay: 0, distance: 0 });
