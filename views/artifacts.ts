// What a run shows beside its outcome, as its history tells it: signals of attempts, answers of calls that ran inline, and the
// markers of `pursue`.

import type { temporal } from '@temporalio/proto';
import { ARTIFACT_BYTES, ARTIFACTS_BYTES, ARTIFACTS_LIMIT } from '../goals/wire/artifact-bounds.ts';
import {
  type DatedArtifact,
  type RunArtifact,
  type RunArtifacts,
  type SentArtifacts,
  sentArtifactsSchema,
} from '../goals/wire/artifacts.ts';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { signalNames } from '../goals/wire/names.ts';
import { firstValue } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

export class ArtifactBook {
  /** By step, attempt and name: what is made again takes the place of what was. */
  readonly #items = new Map<string, { artifact: RunArtifact; bytes: number }>();
  readonly #unsent = new Map<string, number>();
  #bytes = 0;
  #dropped = 0;

  /** Reads an event; false when it shows nothing. */
  read(event: Event): boolean {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal?.signalName !== signalNames.artifacts) return false;
    const told = sentArtifactsSchema.safeParse(firstValue(signal.input)).data;
    if (told !== undefined) this.ofAttempt(told);
    return true;
  }

  ofAttempt({ step, attempt, items, dropped }: SentArtifacts): void {
    for (const item of items) this.#add({ ...item, step, attempt });
    if (dropped !== undefined) this.#drop(dropped.by, dropped.count);
  }

  ofPursue(items: readonly DatedArtifact[], dropped = 0): void {
    for (const item of items) this.#add({ ...item, step: null, attempt: null });
    this.#drop('', dropped);
  }

  /** What the run shows; null where that is nothing. */
  get told(): RunArtifacts | null {
    const unsent = [...this.#unsent.values()].reduce((sum, count) => sum + count, 0);
    const items = [...this.#items.values()].map(({ artifact }) => artifact);
    const dropped = this.#dropped + unsent;
    return items.length + dropped === 0 ? null : { items, dropped };
  }

  /** Each says how many there are up to then. */
  #drop(by: string, count: number): void {
    this.#unsent.set(by, Math.max(count, this.#unsent.get(by) ?? 0));
  }

  #add(artifact: RunArtifact): void {
    const key = JSON.stringify([artifact.step, artifact.attempt, artifact.name]);
    const bytes = jsonBytes(artifact);
    const before = this.#items.get(key);
    const bytesThen = this.#bytes - (before?.bytes ?? 0) + bytes;
    const hasRoom = before !== undefined || this.#items.size < ARTIFACTS_LIMIT;
    // Its place in the run comes to what bounds it.
    if (!hasRoom || bytes > 2 * ARTIFACT_BYTES || bytesThen > ARTIFACTS_BYTES) {
      this.#dropped++;
      return;
    }
    this.#items.set(key, { artifact, bytes });
    this.#bytes = bytesThen;
  }
}
