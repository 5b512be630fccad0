// An artifact without what nobody may see, as lines are written without it.

import { isImageData } from '../goals/wire/artifact-bounds.ts';
import type { DatedArtifact } from '../goals/wire/artifacts.ts';
import { REDACTED } from '../goals/wire/text/redact.ts';
import { hideSecrets } from './hidden-values.ts';
import { redactAll } from './redact.ts';

type Table = Extract<DatedArtifact, { kind: 'table' }>;

export function redactedArtifact(artifact: DatedArtifact): DatedArtifact {
  const name = redactedText(artifact.name);
  switch (artifact.kind) {
    case 'table':
      return { ...redactedTable(artifact), name };
    case 'markdown':
      return { ...artifact, name, text: redactedText(artifact.text) };
    default:
      // An image itself has no text.
      return isImageData(artifact.address)
        ? { ...artifact, name }
        : { ...artifact, name, address: redactedText(artifact.address) };
  }
}

const redactedText = (text: string): string => redactAll([text])[0] as string;

/** Each text of a cell is read with its column before it: only so is what stands below `password` seen for what it is. */
function redactedTable(table: Table): Table {
  const { columns, rows } = table;
  const before = columns.map((column) => `${column}: `);
  const texts = rows.flatMap((cells) =>
    cells.flatMap((cell, i) => (typeof cell === 'string' ? `${before[i]}${cell}` : [])),
  );
  // Of numbers, which are many, the column decides.
  const clean = redactAll([...columns, ...before.map((column) => `${column}123456`), ...texts]);
  const hides = columns.map((_, i) => clean[columns.length + i]?.includes(REDACTED) ?? true);
  let next = 2 * columns.length;
  return {
    ...table,
    columns: clean.slice(0, columns.length),
    rows: rows.map((cells) =>
      cells.map((cell, i) => {
        if (typeof cell === 'number')
          return hides[i] || hideSecrets(String(cell)) === REDACTED ? REDACTED : cell;
        if (typeof cell !== 'string') return cell;
        const [shown = REDACTED, start = ''] = [clean[next++], before[i]];
        return shown.startsWith(start) ? shown.slice(start.length) : REDACTED;
      }),
    ),
  };
}
