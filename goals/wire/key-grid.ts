// Keys as a grid of one or two of their parts: a row for each value of the one, a column for each of the other.

import type { GoalKey } from './answers.ts';

export interface GridCell {
  /** The keys of the cell: one, where the grid has all parts of the key. */
  keys: GoalKey[];
  achieved: number;
  failed: number;
  cancelled: number;
  open: number;
  missing: number;
}

export interface KeyGrid {
  columns: string[];
  /** A cell for each column; null where no key is. */
  rows: { value: string; cells: (GridCell | null)[] }[];
  /** Keys that are in no cell, as their IDs do not tell the parts. */
  beside: GoalKey[];
}

/** The one column of a grid by one part. */
const ALL = '';

/** A grid by the first part, and the second where there are two. Rows and columns come in the order of the keys. */
export function gridOf(items: readonly GoalKey[], by: readonly string[]): KeyGrid {
  const [row = '', column] = by;
  const rows = new Map<string, Map<string, GridCell>>();
  const columns = new Set<string>();
  const beside: GoalKey[] = [];
  for (const item of items) {
    const { parts, outcome, state } = item;
    if (parts === null || parts[row] === undefined) {
      beside.push(item);
      continue;
    }
    const [at, across] = [String(parts[row]), column === undefined ? ALL : String(parts[column])];
    const cells = rows.get(at) ?? new Map<string, GridCell>();
    const cell = cells.get(across) ?? { keys: [], achieved: 0, failed: 0, cancelled: 0, open: 0, missing: 0 };
    cell.keys.push(item);
    cell[outcome ?? (state === 'missing' ? 'missing' : 'open')]++;
    rows.set(at, cells.set(across, cell));
    columns.add(across);
  }
  return {
    columns: [...columns],
    rows: [...rows].map(([value, cells]) => ({
      value,
      cells: [...columns].map((name) => cells.get(name) ?? null),
    })),
    beside,
  };
}

/** What a cell says first: its worst. */
export const worstOf = (cell: GridCell): 'failed' | 'missing' | 'open' | 'cancelled' | 'achieved' =>
  (['failed', 'missing', 'open', 'cancelled'] as const).find((word) => cell[word] > 0) ?? 'achieved';
