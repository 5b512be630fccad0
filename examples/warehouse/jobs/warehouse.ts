// The warehouse: one DuckDB file. A process has one instance of it, shared by the steps that run at the same time and
// closed after the last one, for DuckDB lets one process at a time have the file.

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { permanent } from 'goalkeeper';
import { z } from 'zod';
import { pathOf } from './files.ts';

export type Values = Record<string, DuckDBValue>;

/** The rows of a query, each as the schema says. DuckDB counts in 64 bits and more: `z.coerce.number()` reads those. */
export function read<Row extends z.ZodType>(
  row: Row,
  sql: string,
  values: Values = {},
): Promise<z.output<Row>[]> {
  return connected(async (connection) => {
    const reader = await connection.runAndReadAll(sql, values);
    return z.array(row).parse(reader.getRowObjectsJS());
  });
}

/**
 * Runs statements in one transaction. One follows the other: two at once that delete and insert the same partition
 * would not see each other's rows, and both would stay.
 */
export function write(statements: readonly [sql: string, values?: Values][]): Promise<void> {
  const turn = lastWrite.then(() =>
    connected(async (connection) => {
      await connection.run('BEGIN');
      try {
        for (const [sql, values] of statements) await connection.run(sql, values);
        await connection.run('COMMIT');
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    }),
  );
  lastWrite = turn.catch(() => undefined);
  return turn;
}

let lastWrite: Promise<void> = Promise.resolve();

async function connected<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await open();
  try {
    const connection = await instance.connect();
    try {
      return await work(connection);
    } catch (error) {
      throw hopeless(error) ? permanent(error.message, { code: 'warehouse_refused', cause: error }) : error;
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

// A statement that is wrong, or data that does not fit, is so the next time too.
const hopeless = (error: unknown): error is Error =>
  error instanceof Error &&
  /^(Binder|Catalog|Constraint|Conversion|Invalid Input|Parser) Error/.test(error.message);

const TRIES = 100;
const BETWEEN_TRIES_MS = 20;

async function open(tries = TRIES): Promise<DuckDBInstance> {
  const file = pathOf('warehouse.duckdb');
  await mkdir(dirname(file), { recursive: true });
  try {
    return await DuckDBInstance.fromCache(file);
  } catch (error) {
    // The instance of the step before is still being closed.
    if (tries > 1 && error instanceof Error && error.message.includes('Unique file handle conflict')) {
      await setTimeout(BETWEEN_TRIES_MS);
      return open(tries - 1);
    }
    const locked = error instanceof Error && error.message.includes('set lock on file');
    throw locked ? Object.assign(error, { code: 'warehouse_locked' }) : error;
  }
}
