// How jobs and `pursue` show something with their run. No kind of it decides anything, so what is wrong with its content fails
// nothing: what is too long is cut, and what may not be a link is text.

import { boundedArtifact } from './wire/artifact-bounds.ts';
import type { Artifact, SaidArtifact } from './wire/artifacts.ts';

/**
 * Shows tables, texts, links and images with the run: on its page, at `GET /runs/{id}/artifacts`, and in its record. One that is
 * made again by its name, in the same attempt, takes the place of the one before. A run keeps up to 100, and 1 MiB of them; it
 * says how many more there were.
 */
export interface Artifacts {
  /**
   * Shows a table: a row for each object, a column for each field. Up to 50 columns and 48 KiB; the rows beyond are counted.
   * @throws TypeError when the name is not a text, or the rows are not a list of objects.
   */
  table(name: string, rows: readonly object[]): void;
  /**
   * Shows a text in Markdown, up to 16,000 characters. HTML in it is text.
   * @throws TypeError when the name or the text is not a text.
   */
  markdown(name: string, text: string): void;
  /**
   * Shows a link. An address that is not of the web (`http`, `https`) shows as text.
   * @throws TypeError when the name or the address is not a text.
   */
  link(name: string, address: string): void;
  /**
   * Shows an image: a `data:` address in base64 of a PNG, JPEG, GIF or WebP, up to 48 KiB; larger ones are left out, and counted.
   * The address of an image elsewhere shows as a link.
   * @throws TypeError when the name or the address is not a text.
   */
  image(name: string, address: string): void;
}

/** Takes each within its bounds; null in the place of one that has none within them. */
export type KeepArtifact = (artifact: Artifact | null, name: string) => void;

const keepers = new WeakMap<Artifacts, KeepArtifact>();

/** Hands on what was made in another process, with what is known of it there alone, such as rows that were left out. */
export const handOn = (to: Artifacts, artifact: Artifact | null, name: string): void =>
  keepers.get(to)?.(artifact, name);

export function artifactsTo(keep: KeepArtifact): Artifacts {
  const made = (said: SaidArtifact): void => keep(boundedArtifact(said), said.name);
  const artifacts: Artifacts = {
    table(name, rows) {
      requireText('table', 'name', name);
      if (!Array.isArray(rows) || !rows.every((row) => typeof row === 'object' && row !== null))
        throw new TypeError(
          "artifact.table: the rows are not a list of objects; give such as [{ region: 'eu', rows: 12 }]",
        );
      made({ kind: 'table', name, rows: rows as readonly Record<string, unknown>[] });
    },
    markdown(name, text) {
      requireText('markdown', 'name', name);
      requireText('markdown', 'text', text);
      made({ kind: 'markdown', name, text });
    },
    link(name, address) {
      requireText('link', 'name', name);
      requireText('link', 'address', address);
      made({ kind: 'link', name, address });
    },
    image(name, address) {
      requireText('image', 'name', name);
      requireText('image', 'address', address);
      made({ kind: 'image', name, address });
    },
  };
  keepers.set(artifacts, keep);
  return artifacts;
}

function requireText(kind: string, what: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`artifact.${kind}: the ${what} is ${String(value) || 'empty'}; give a text`);
}
