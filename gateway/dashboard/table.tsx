/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// A table of things: on narrow screens each row is a card, in which every cell says what its column is.

import type { Child } from 'hono/jsx';

/** A table whose first cell is what the row is about; `empty` says what would be here. */
export const Table = ({
  head,
  rows,
  empty,
}: {
  head: readonly string[];
  rows: readonly (readonly Child[])[];
  empty: Child;
}) =>
  rows.length === 0 ? (
    <p class="hint">{empty}</p>
  ) : (
    <table class="cells">
      <thead>
        <tr>
          {head.map((words) => (
            <th scope="col">{words}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map((cell, i) => (
              <td data-column={i === 0 ? undefined : head[i]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
