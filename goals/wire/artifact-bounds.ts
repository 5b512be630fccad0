// How large artifacts may be: bounded where they are made, where they are sent, and where they are read. It has no schemas: a job's
// own process loads it.

import type { Artifact, Cell, SaidArtifact } from './artifacts.ts';
import { boundedText } from './text/bounded-text.ts';
import { utf8Bytes } from './text/utf8-bytes.ts';

/** JSON of one artifact. */
export const ARTIFACT_BYTES = 48 * 1024;

/** What a run keeps of them: so many, and so much JSON together. */
export const ARTIFACTS_LIMIT = 100;
export const ARTIFACTS_BYTES = 1024 * 1024;

/** JSON of those that travel together: less than what lies outside of a history. */
export const SENT_BYTES = 128 * 1024;

const NAME_CHARACTERS = 100;
const MARKDOWN_CHARACTERS = 16_000;
const ADDRESS_CHARACTERS = 2_000;
const CELL_CHARACTERS = 500;
const COLUMNS_LIMIT = 50;
/** Of so many rows the columns are looked for. */
const SAMPLE_ROWS = 1000;

/** The artifact within its bounds; null where it is an image that has none, as a part of an image is not one. */
export function boundedArtifact(said: SaidArtifact): Artifact | null {
  const name = boundedText(said.name, NAME_CHARACTERS);
  switch (said.kind) {
    case 'table':
      return boundedTable(name, said);
    case 'markdown':
      return { kind: 'markdown', name, text: boundedText(said.text, MARKDOWN_CHARACTERS) };
    case 'link':
      return { kind: 'link', name, address: boundedText(said.address, ADDRESS_CHARACTERS) };
    case 'image': {
      if (said.address === LEFT_OUT) return null;
      if (!isImageData(said.address))
        return { kind: 'image', name, address: boundedText(said.address, ADDRESS_CHARACTERS) };
      const image: Artifact = { kind: 'image', name, address: said.address };
      return bytesOf(image) > ARTIFACT_BYTES ? null : image;
    }
  }
}

/** The address of an image that was too large where it was made. */
export const LEFT_OUT = 'data:,';

const IMAGE_DATA = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

/** Whether an address is an image itself, of a kind that runs no code. */
export const isImageData = (address: string): boolean => IMAGE_DATA.test(address);

/** Whether a page may link to it. */
export const isWebAddress = (address: string): boolean => /^https?:\/\/[^\s]+$/i.test(address);

function boundedTable(name: string, said: Extract<SaidArtifact, { kind: 'table' }>): Artifact {
  const given = said.columns ?? columnsOf(said.rows);
  const columns = given.slice(0, COLUMNS_LIMIT).map((column) => boundedText(column, NAME_CHARACTERS));
  let left = ARTIFACT_BYTES - 200 - bytesOf([name, columns]);
  const rows: Cell[][] = [];
  for (const row of said.rows) {
    const cells = columns.map((_, i) => cellOf(Array.isArray(row) ? row[i] : valueIn(row, given[i])));
    left -= bytesOf(cells) + 1;
    if (left < 0) break;
    rows.push(cells);
  }
  const more = said.rows.length - rows.length + (said.more ?? 0);
  return { kind: 'table', name, columns, rows, ...(more > 0 && { more }) };
}

const valueIn = (row: object, column: string | undefined): unknown =>
  column !== undefined && Object.hasOwn(row, column) ? (row as Record<string, unknown>)[column] : null;

/** In the order in which rows come to have them. A list has none, and its cells are numbered. */
function columnsOf(rows: readonly object[]): string[] {
  const names = new Set<string>();
  for (const row of rows.slice(0, SAMPLE_ROWS)) {
    if (names.size > COLUMNS_LIMIT) break;
    for (const [i, column] of Object.keys(row).entries())
      names.add(Array.isArray(row) ? String(i + 1) : column);
  }
  return [...names];
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? null;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const text = typeof value === 'object' ? jsonOf(value) : String(value);
  return boundedText(text, CELL_CHARACTERS);
}

function jsonOf(value: object): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return '[not JSON]';
  }
}

const bytesOf = (value: unknown): number => utf8Bytes(JSON.stringify(value));
