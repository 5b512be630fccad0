// A table that fits the terminal; where the output is no terminal, lines whose fields are separated by tabs.

import { type Line, type Part, painted, textOf } from './painted.ts';
import { cutText, textWidth } from './visible-text.ts';

export interface Column<Row> {
  head: string;
  cell(row: Row): Part | null;
  /** What programs read instead, such as a time in full. */
  plain?(row: Row): string | null;
  /** What may be cut where the terminal is too narrow: a `text` first, at its end; an `id` at last, in its middle. Else nothing. */
  cut?: 'text' | 'id';
}

const GAP = '  ';
const LEAST = { text: 12, id: 16 };

/** The lines of a table in `width` columns; of any width where that is null. A column of which all cells are empty is left out. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | null,
): Line[] {
  const filled = columns
    .map((column) => ({ ...column, cells: rows.map((row) => column.cell(row) ?? '') }))
    .filter(({ cells }) => cells.some((cell) => textOf(cell) !== ''));
  const widths = fitted(
    filled.map(({ head, cut, cells }) => ({
      cut,
      natural: Math.max(textWidth(head), ...cells.map((cell) => textWidth(textOf(cell)))),
    })),
    width,
  );
  const line = (cells: readonly Part[]): Line =>
    cells.flatMap((cell, at) => {
      const room = widths[at] ?? 0;
      const text = cutText(textOf(cell), room, filled[at]?.cut === 'id' ? 'middle' : 'end');
      const isLast = at === cells.length - 1;
      return [
        typeof cell === 'string' ? text : { ...cell, text },
        isLast ? '' : ' '.repeat(room - textWidth(text)) + GAP,
      ];
    });
  return [
    line(filled.map(({ head }) => painted('quiet')(head))),
    ...rows.map((_, row) => line(filled.map(({ cells }) => cells[row] ?? ''))),
  ];
}

/** A row for programs: every column, no cell cut, tabs between. */
export const plainLine = <Row>(columns: readonly Column<Row>[], row: Row): string =>
  columns.map(({ cell, plain = cell }) => textOf(plain(row) ?? '')).join('\t');

function fitted(
  columns: readonly { natural: number; cut: 'text' | 'id' | undefined }[],
  width: number | null,
): number[] {
  const widths = columns.map(({ natural }) => natural);
  if (width === null) return widths;
  let over = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  for (const kind of ['text', 'id'] as const) {
    // The widest of the kind gives first, so that short ones stay whole.
    while (over > 0) {
      const widest = columns
        .map((column, at) => ({ at, width: widths[at] ?? 0, kind: column.cut }))
        .filter((one) => one.kind === kind && one.width > LEAST[kind])
        .sort((a, b) => b.width - a.width)[0];
      if (widest === undefined) break;
      widths[widest.at] = widest.width - 1;
      over--;
    }
  }
  return widths;
}
