// What an attempt shows with its run (goals/artifacts.ts). It travels by a signal of its own, which survives whatever the attempt
// ends with; an attempt that shows nothing sends nothing.
//
// attempt-artifacts.1. Nothing that goes wrong here fails an attempt: what cannot be sent is counted, and said in the log.
// attempt-artifacts.2. A job that fails for ever does not fill the run: of attempts after the third only the last one's are sent.

import type { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { ARTIFACT_BYTES, ARTIFACTS_LIMIT, SENT_BYTES } from '../../goals/wire/artifact-bounds.ts';
import type { Artifact, DatedArtifact, SentArtifacts as Told } from '../../goals/wire/artifacts.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { signalNames } from '../../goals/wire/names.ts';
import { redactedArtifact } from '../redacted-artifact.ts';
import type { ArtifactBudget } from './artifact-budget.ts';

/** Of the first attempts all are sent, and while they are under way: so long one waits for others. */
const FIRST_ATTEMPTS = 3;
const SEND_MS = 1000;
/** So long the run may take to take them. */
const SIGNAL_MS = 5000;

/** How they come to the run. */
export type SendArtifacts = (told: Told) => Promise<void>;

export class AttemptArtifacts {
  readonly #place: Pick<Told, 'step' | 'attempt'>;
  readonly #budget: ArtifactBudget;
  readonly #send: SendArtifacts;
  readonly #log: () => Logger;
  #waiting = new Map<string, DatedArtifact>();
  #sending: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(
    place: Pick<Told, 'step' | 'attempt'>,
    budget: ArtifactBudget,
    send: SendArtifacts,
    log: () => Logger,
  ) {
    this.#place = place;
    this.#budget = budget;
    this.#send = send;
    this.#log = log;
  }

  /** `null`: it has none within its bounds. */
  keep(artifact: Artifact | null, name: string): void {
    if (this.#isOver) return;
    if (artifact === null || (this.#waiting.size >= ARTIFACTS_LIMIT && !this.#waiting.has(artifact.name))) {
      this.#budget.drop();
      this.#log().warn(
        { artifact: name, most: ARTIFACT_BYTES },
        'an artifact is not kept: too large, or too many',
      );
      // It is said with the others, or at the end.
      if (artifact === null) this.#waiting.delete(name);
      return;
    }
    this.#waiting.set(artifact.name, { ...artifact, at: new Date().toISOString() });
    if (this.#place.attempt <= FIRST_ATTEMPTS)
      this.#timer ??= setTimeout(() => this.#flush(), SEND_MS).unref();
  }

  /** The attempt is over, and was the step's last or not. Resolves once the run has what it gets of it. */
  async end(isLast: boolean): Promise<void> {
    this.#isOver = true;
    // attempt-artifacts.2
    if (!isLast && this.#place.attempt > FIRST_ATTEMPTS) {
      for (const _ of this.#waiting) this.#budget.drop();
      this.#waiting.clear();
    }
    this.#flush();
    await this.#sending;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const taken: DatedArtifact[] = [];
    for (const artifact of this.#waiting.values()) {
      const shown = redactedArtifact(artifact);
      if (this.#budget.take(jsonBytes(shown))) taken.push(shown);
    }
    this.#waiting.clear();
    const dropped = this.#budget.news();
    if (taken.length === 0 && dropped === undefined) return;
    for (const [i, items] of inParts(taken).entries()) {
      const told = { ...this.#place, items, ...(i === 0 && dropped && { dropped }) };
      this.#sending = this.#sending.then(() => this.#sent(told));
    }
  }

  async #sent(told: Told): Promise<void> {
    try {
      await this.#send(told);
    } catch (error) {
      // attempt-artifacts.1
      for (const _ of told.items) this.#budget.drop();
      this.#log().warn(
        { err: error, artifacts: told.items.length },
        'artifacts could not be sent to the run',
      );
    }
  }
}

/** At least one part, each small enough to travel. */
function inParts(items: readonly DatedArtifact[]): DatedArtifact[][] {
  const parts: DatedArtifact[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = jsonBytes(item);
    if (bytes > 0 && bytes + size > SENT_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(item);
    bytes += size;
  }
  return parts;
}

/** To the execution, or the latest one where it is not known. */
export async function signalArtifacts(
  { client }: Context,
  run: string,
  execution: string | undefined,
  told: Told,
): Promise<void> {
  await client.withDeadline(Date.now() + SIGNAL_MS, () =>
    client.workflow.getHandle(run, execution).signal(signalNames.artifacts, told),
  );
}
