// `approve` and `ask`: what a run wants of a person. It says in its memo what it asks, so that people see it with no
// worker up; the decision comes as an update, so that who decides gets a true answer.
//
// approvals.1. A decision that was accepted counts: neither another one nor the expiry comes before it.
// approvals.2. A refused decision leaves nothing behind: a validator changes nothing.

import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineUpdate,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { askedOf, type DeclaredQuestion, misfit } from '../../goals/asked.ts';
import { requireMilliseconds } from '../../goals/duration.ts';
import { type Pursuit, StepFailed } from '../../goals/index.ts';
import {
  askedContent,
  type Decided,
  type DecisionRequest,
  decidedSchema,
  decisionDigest,
  decisionRequestSchema,
  keptName,
  type Question,
  refusals,
  type TakenDecision,
} from '../../goals/wire/approvals.ts';
import { type DecisionKey, wrongSignature } from '../../goals/wire/decision-signature.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import {
  askedMemo,
  DECISION_KEYS_GLOBAL,
  expiryTimer,
  memoNames,
  updateNames,
} from '../../goals/wire/names.ts';
import { actorsSchema, actorsWith } from '../../goals/wire/run-start.ts';
import { whySchema } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { patched, patches } from '../patches.ts';
import { isStrict } from '../steps/carried.ts';
import type { KeptSource } from '../steps/job-steps.ts';
import { expiredFailure, rejectedFailure } from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';
import type { Visibility } from './visibility.ts';

const decide = defineUpdate<TakenDecision, [DecisionRequest]>(updateNames.decide);

/** All that a run asks at one time: well under what the engine takes as a memo (2 MB). */
const MEMO_BYTES = 512 * 1024;

/** What a step waits for. */
interface Open {
  asked: Question;
  /** Those so far that do not decide it alone. */
  approvals: Decided[];
  /** What its data must be; null where there is to be none. */
  schema: z.ZodType | null;
  decided: Decided | null;
  /** What it takes of the run's memo. */
  bytes: number;
}

/** `by` is null where nobody decided in time. */
type Answer = Omit<Decided, 'by'> & { by: string | null };

export class Approvals {
  readonly #open = new Map<string, Open>();
  /** Null for a step that nobody decided. */
  readonly #over = new Map<string, Decided | null>();
  #isClosed = false;
  readonly #steps: Steps;
  readonly #keptSource: KeptSource;
  readonly #visibility: Visibility;

  constructor(steps: Steps, kept: KeptSource, visibility: Visibility) {
    this.#steps = steps;
    this.#keptSource = kept;
    this.#visibility = visibility;
    setHandler(decide, (request) => this.#take(request), {
      // approvals.2: a request that the validator refuses writes no event.
      validator: (request) => this.#check(request),
    });
  }

  readonly approve: Pursuit['approve'] = (name, options = {}) =>
    this.#steps.step(name, null, async (path, order) => {
      const question = { kind: 'approval' as const, name, schema: null, ...options };
      const { by, verified, reason, at } = await this.#answer(question, path, order);
      return { by, verified, reason, at };
    });

  readonly ask: Pursuit['ask'] = (name, schema, options = {}) =>
    this.#steps.step(name, null, async (path, order) => {
      const { data } = await this.#answer({ kind: 'ask', name, schema, ...options }, path, order);
      return schema.parse(data);
    });

  /** The outcome of the run is decided: nobody can decide anything any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves with the approval; a rejection is a `StepFailed`. */
  async #answer(question: DeclaredQuestion, path: string, order: number): Promise<Answer> {
    const ms = question.expires === undefined ? null : requireMilliseconds(question.expires.after);
    const asked = askedOf(question, ms, actorsOfRun(), {
      isStrict,
      isAnswerable: () => patched(patches.answerable),
    });
    const kept = this.#kept(asked, question.schema, path, order);
    if (kept !== null) return kept;
    const answer = await this.#wait(asked, question.schema, path, ms);
    if (answer.decision === 'approve') return answer;
    if (answer.by === null) throw new StepFailed(expiredFailure(path, ms ?? 0));
    throw new StepFailed(rejectedFailure(path, answer.by, answer.reason));
  }

  /** The decision that was taken before the run went on from its failure, when the same is asked again. */
  #kept(asked: Question, schema: z.ZodType | null, path: string, order: number): Decided | null {
    const output = decidedSchema.refine(({ data }) => schema === null || misfit(schema, data) === null);
    const job = { name: keptName(asked), output };
    const kept = this.#keptSource.take(job, path, order, askedContent(asked));
    return kept === null ? null : (kept.output as Decided);
  }

  async #wait(asked: Question, schema: z.ZodType | null, path: string, ms: number | null): Promise<Answer> {
    const open: Open = { asked, approvals: [], schema, decided: null, bytes: jsonBytes(asked) };
    this.#makeRoomFor(path, open);
    this.#open.set(path, open);
    upsertMemo({ [askedMemo(path)]: asked });
    this.#visibility.waits(path);
    // Of its own, so that the timer ends with it.
    const scope = new CancellationScope();
    return scope.run(async () => {
      const expiry =
        ms === null || asked.expires === null
          ? []
          : [sleep(Math.max(1, ms), { summary: expiryTimer(path) }).then(() => asked.expires)];
      try {
        const expired = await Promise.race([condition(() => open.decided !== null), ...expiry]);
        // approvals.1: both may have come in one task.
        if (open.decided !== null) return open.decided;
        const decision = expired?.consequence ?? 'reject';
        return { decision, by: null, verified: false, reason: null, at: new Date().toISOString() };
      } finally {
        this.#open.delete(path);
        this.#over.set(path, open.decided);
        upsertMemo({ [askedMemo(path)]: null });
        scope.cancel();
      }
    });
  }

  /** A memo that is too large would end the run in a way that nobody understands. */
  #makeRoomFor(path: string, { bytes }: Open): void {
    const others = [...this.#open.values()].reduce((sum, open) => sum + open.bytes, 0);
    if (others + bytes > MEMO_BYTES)
      throw new TypeError(
        `${path} asks too much: with what else is asked at the moment it has ${others + bytes} bytes; ${MEMO_BYTES} at most`,
      );
  }

  /** Throws what is wrong with a decision. */
  #check(given: unknown): void {
    const parsed = decisionRequestSchema.safeParse(given);
    if (!parsed.success) throw refused('malformed', z.prettifyError(parsed.error));
    const { step, decision, data, by } = parsed.data;
    const open = this.#open.get(step);
    const before = decision === 'approve' ? open?.approvals.find((one) => one.by === by) : undefined;
    const decided = open?.decided ?? this.#over.get(step);
    if (decided) throw refused('decided', `${step} is decided already`, decided);
    if (decided === null || this.#isClosed) throw refused('closed', `${step} waits no longer`);
    if (open === undefined) throw refused('unknown', `nothing called ${step} waits for a person`);
    refuseForeign(open, parsed.data);
    if (before) throw refused('decided', `${by} has approved ${step} already`, before, leftOf(open));
    if (decision === 'approve' && open.schema !== null) {
      const wrong = misfit(open.schema, data);
      if (wrong !== null) throw refused('unfit', wrong);
    }
  }

  #take(request: DecisionRequest): TakenDecision {
    const { step, ...rest } = decisionRequestSchema.parse(request);
    const { as: _, signed: __, ...said } = rest;
    const decided: Decided = { ...said, at: new Date().toISOString() };
    const open = this.#open.get(step) as Open;
    if (decided.decision === 'reject') open.decided = decided;
    else {
      open.approvals.push(decided);
      if (leftOf(open) === 0) open.decided = decided;
    }
    return takenOf(decided, leftOf(open));
  }
}

/** How many more people must approve; none once it is decided. */
const leftOf = ({ asked, approvals, decided }: Open): number =>
  decided === null ? (asked.count ?? 1) - approvals.length : 0;

/** Refuses who may not decide. What nobody has verified is held against nothing, unless the worker has keys. */
function refuseForeign({ asked }: Open, request: DecisionRequest): void {
  const { step, by, verified, as = [], decision } = request;
  const keys = Reflect.get(globalThis, DECISION_KEYS_GLOBAL) as readonly DecisionKey[] | undefined;
  if (keys !== undefined) {
    const { workflowId: run, runId: execution } = workflowInfo();
    const wrong = wrongSignature(keys, { run, execution }, request, Date.now());
    if (wrong !== null) throw refused('unsigned', `The decision on ${step} does not count: ${wrong}`);
  }
  if (!verified) return;
  if (asked.by.length > 0 && !asked.by.some((one) => one === by || as.includes(one)))
    throw refused('notTheirs', `${step} is for ${asked.by.join(', ')} to decide, and not for ${by}`);
  if (decision === 'approve' && asked.notBy?.includes(by))
    throw refused(
      'own',
      `${by} started or resumed the run, or supplied results, and so cannot approve ${step}`,
    );
}

/** Verified people whose run it is. */
export function actorsOfRun(): string[] {
  const { memo = {} } = workflowInfo();
  const before = actorsSchema.safeParse(memo[memoNames.actors]).data ?? [];
  const why = whySchema.safeParse(memo[memoNames.why]).data;
  return actorsWith(before, why);
}

function takenOf({ data, ...rest }: Decided, left = 0): TakenDecision {
  return { ...rest, digest: decisionDigest({ ...rest, data }), ...(left === 0 ? {} : { left }) };
}

function refused(
  why: keyof typeof refusals,
  message: string,
  decided?: Decided,
  left = 0,
): ApplicationFailure {
  return ApplicationFailure.create({
    type: refusals[why],
    message: boundedText(message, 1000),
    nonRetryable: true,
    details: decided === undefined ? [] : [takenOf(decided, left)],
  });
}
