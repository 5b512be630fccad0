// The warehouse's table of flights: loading a partition of it, and what it says of itself.

import { z } from 'zod';
import { pathOf } from './files.ts';
import { read, write } from './warehouse.ts';

const TABLE = `
  CREATE TABLE IF NOT EXISTS flights (
    batch VARCHAR NOT NULL, partition VARCHAR NOT NULL, departed TIMESTAMP NOT NULL, delay INTEGER NOT NULL,
    distance INTEGER NOT NULL, origin VARCHAR NOT NULL, destination VARCHAR NOT NULL)`;

const INSERT = `
  INSERT INTO flights
  SELECT $batch, $partition, date, delay, distance, origin, destination
  FROM read_json($file, timestampformat = '%Y/%m/%d %H:%M', columns = {
    date: 'TIMESTAMP', delay: 'INTEGER', distance: 'INTEGER', origin: 'VARCHAR', destination: 'VARCHAR' })`;

const FIGURES = 'count(*) AS rows, coalesce(sum(delay), 0) AS delay, coalesce(sum(distance), 0) AS distance';
const figures = { rows: z.coerce.number(), delay: z.coerce.number(), distance: z.coerce.number() };

/** Loads a staged partition in place of what was loaded of it before; returns how many rows it has. */
export async function loadFlights(of: { batch: string; partition: string; file: string }): Promise<number> {
  const { batch, partition, file } = of;
  await write([
    [TABLE],
    ['DELETE FROM flights WHERE batch = $batch AND partition = $partition', { batch, partition }],
    [INSERT, { batch, partition, file: pathOf(file) }],
  ]);
  const { partitions } = await flightFigures(batch);
  return partitions[partition]?.rows ?? 0;
}

/** What the warehouse has of a batch, by its own count. */
export async function flightFigures(batch: string) {
  const where = 'FROM flights WHERE batch = $batch';
  const [total] = await read(z.object(figures), `SELECT ${FIGURES} ${where}`, { batch });
  const byPartition = await read(
    z.object({ partition: z.string(), ...figures }),
    `SELECT partition, ${FIGURES} ${where} GROUP BY partition`,
    { batch },
  );
  return {
    total: total ?? { rows: 0, delay: 0, distance: 0 },
    partitions: Object.fromEntries(byPartition.map(({ partition, ...rest }) => [partition, rest])),
  };
}
