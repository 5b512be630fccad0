// What `pursue` itself shows with the run: written into the history by markers, while the run goes on. A run that shows nothing
// writes nothing.
//
// pursue-artifacts.1. The history has no more of what `pursue` shows than a run keeps, and how many more there were.

import { CancellationScope, log } from '@temporalio/workflow';
import { artifactsTo } from '../../goals/artifacts.ts';
import { ARTIFACTS_BYTES, ARTIFACTS_LIMIT, SENT_BYTES } from '../../goals/wire/artifact-bounds.ts';
import type { Artifact, DatedArtifact } from '../../goals/wire/artifacts.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import type { Turns } from '../steps/turns.ts';
import { writeMarker } from '../steps/write-marker.ts';

export class PursueArtifacts {
  readonly artifact = artifactsTo((artifact) => this.#keep(artifact));
  readonly #waiting: DatedArtifact[] = [];
  #writing: Promise<void> | null = null;
  #count = 0;
  #bytes = 0;
  #dropped = 0;
  readonly #turns: Turns;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Whether it has shown anything. */
  get isAny(): boolean {
    return this.#count + this.#dropped > 0;
  }

  /** Resolves when all that it has shown is in the history. */
  async written(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#dropped > 0)
      await writeMarker(this.#turns, { artifacts: { items: [], dropped: this.#dropped } });
  }

  #keep(artifact: Artifact | null): void {
    const bytes = artifact === null ? 0 : jsonBytes(artifact);
    // pursue-artifacts.1
    if (artifact === null || this.#count >= ARTIFACTS_LIMIT || this.#bytes + bytes > ARTIFACTS_BYTES) {
      this.#dropped++;
      return;
    }
    this.#count++;
    this.#bytes += bytes;
    this.#waiting.push({ ...artifact, at: new Date().toISOString() });
    this.#writing ??= CancellationScope.nonCancellable(() => this.#write());
  }

  async #write(): Promise<void> {
    // Those that are made in one go share a marker.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) await writeMarker(this.#turns, { artifacts: { items: this.#next() } });
    } catch (error) {
      log.warn('what pursue shows could not be written into the history', { error });
    }
    this.#writing = null;
  }

  /** As many as may travel together, and one at least. */
  #next(): DatedArtifact[] {
    let end = 0;
    for (let bytes = 0; end < this.#waiting.length; end++) {
      bytes += jsonBytes(this.#waiting[end]);
      if (end > 0 && bytes > SENT_BYTES) break;
    }
    return this.#waiting.splice(0, end);
  }
}
