// `approve` and `ask`: what a run wants of a person. It says in its memo what it asks, so that people see it with no
// worker up; the decision comes as an update, so that who decides gets a true answer.
//
// D1. A decision that was accepted counts: neither another one nor the expiry comes before it.
// D2. What is refused leaves nothing behind: a validator changes nothing.

import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineUpdate,
  patched,
  setHandler,
  sleep,
  upsertMemo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { requireMilliseconds } from '../../goals/duration.ts';
import { type ApproveOptions, type Pursuit, StepFailed } from '../../goals/index.ts';
import { noWayBack } from '../../goals/no-way-back.ts';
import { asJsonSchema } from '../../goals/publish.ts';
import {
  type Asked,
  askedContent,
  type Decided,
  type DecisionRequest,
  decidedSchema,
  decisionDigest,
  decisionRequestSchema,
  keptName,
  refusals,
  type TakenDecision,
} from '../../goals/wire/approvals.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { askedMemo, expiryTimer, RESERVED_PREFIX, updateNames } from '../../goals/wire/names.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { shownOf } from '../../goals/wire/text/redacted-json.ts';
import { refusal } from '../steps/carried.ts';
import { expiredFailure, rejectedFailure } from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';
import type { Troubles } from './visibility.ts';

const decide = defineUpdate<TakenDecision, [DecisionRequest]>(updateNames.decide);

/** Of an `ask`: it travels in the memo of its run. */
const SCHEMA_BYTES = 16 * 1024;

/** Runs that began before it waited for what no answer can be. */
const ANSWERABLE_PATCH = 'gk-answerable';

/** All that a run asks at one time: well under what the engine takes as a memo (2 MB). */
const MEMO_BYTES = 512 * 1024;

/** What a step waits for. */
interface Open {
  /** What its data must be; null where there is to be none. */
  schema: z.ZodType | null;
  decided: Decided | null;
  /** What it takes of the run's memo. */
  bytes: number;
}

/** What is asked, as the author says it. */
interface Question extends ApproveOptions {
  kind: Asked['kind'];
  name: string;
  schema: z.ZodType | null;
}

/** `by` is null where nobody decided in time. */
type Answer = Omit<Decided, 'by'> & { by: string | null };

export class Approvals {
  readonly #open = new Map<string, Open>();
  /** Null for a step that nobody decided. */
  readonly #over = new Map<string, Decided | null>();
  #isClosed = false;
  readonly #steps: Steps;
  readonly #troubles: Troubles;

  constructor(steps: Steps, troubles: Troubles) {
    this.#steps = steps;
    this.#troubles = troubles;
    setHandler(decide, (request) => this.#take(request), {
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
  async #answer(question: Question, path: string, order: number): Promise<Answer> {
    const ms = question.expires === undefined ? null : requireMilliseconds(question.expires.after);
    const asked = askedOf(question, ms);
    const kept = this.#kept(asked, question.schema, path, order);
    if (kept !== null) return kept;
    const answer = await this.#wait(asked, question.schema, path, ms);
    if (answer.decision === 'approve') return answer;
    if (answer.by === null) throw new StepFailed(expiredFailure(path, ms ?? 0));
    throw new StepFailed(rejectedFailure(path, answer.by, answer.reason));
  }

  /** The decision that was taken before the run went on from its failure, when the same is asked again. */
  #kept(asked: Asked, schema: z.ZodType | null, path: string, order: number): Decided | null {
    const output = decidedSchema.refine(({ data }) => schema === null || misfit(schema, data) === null);
    const job = { name: keptName(asked), output };
    const kept = this.#steps.kept?.take(job, path, order, askedContent(asked)) ?? null;
    return kept === null ? null : (kept.output as Decided);
  }

  async #wait(asked: Asked, schema: z.ZodType | null, path: string, ms: number | null): Promise<Answer> {
    const open: Open = { schema, decided: null, bytes: jsonBytes(asked) };
    this.#makeRoomFor(path, open);
    this.#open.set(path, open);
    upsertMemo({ [askedMemo(path)]: asked });
    this.#troubles.waits(path);
    // Of its own, so that the timer ends with it.
    const scope = new CancellationScope();
    return scope.run(async () => {
      const expiry =
        ms === null || asked.expires === null
          ? []
          : [sleep(Math.max(1, ms), { summary: expiryTimer(path) }).then(() => asked.expires)];
      try {
        const expired = await Promise.race([condition(() => open.decided !== null), ...expiry]);
        // D1: both may have come in one task.
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
    const { step, decision, data } = parsed.data;
    const open = this.#open.get(step);
    const decided = open?.decided ?? this.#over.get(step);
    if (decided) throw refused('decided', `${step} is decided already`, decided);
    if (decided === null || this.#isClosed) throw refused('closed', `${step} waits no longer`);
    if (open === undefined) throw refused('unknown', `nothing called ${step} waits for a person`);
    if (decision === 'approve' && open.schema !== null) {
      const wrong = misfit(open.schema, data);
      if (wrong !== null) throw refused('unfit', wrong);
    }
  }

  #take(request: DecisionRequest): TakenDecision {
    const { step, ...rest } = decisionRequestSchema.parse(request);
    const decided: Decided = { ...rest, at: new Date().toISOString() };
    (this.#open.get(step) as Open).decided = decided;
    return takenOf(decided);
  }
}

function takenOf({ data, ...rest }: Decided): TakenDecision {
  return { ...rest, digest: decisionDigest({ ...rest, data }) };
}

function refused(why: keyof typeof refusals, message: string, decided?: Decided): ApplicationFailure {
  return ApplicationFailure.create({
    type: refusals[why],
    message: boundedText(message, 1000),
    nonRetryable: true,
    details: decided === undefined ? [] : [takenOf(decided)],
  });
}

/** What is wrong with data; null when it fits. */
function misfit(schema: z.ZodType, data: unknown): string | null {
  try {
    const parsed = schema.safeParse(data);
    return parsed.success ? null : z.prettifyError(parsed.error);
  } catch (error) {
    return `the schema cannot be asked: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function askedOf({ kind, name, show, by = [], expires, schema }: Question, ms: number | null): Asked {
  checkName(name);
  const refused = refusal(`what '${name}' shows`, show);
  if (refused !== null) throw new TypeError(refused);
  const deciders = typeof by === 'string' ? [by] : [...by];
  if (deciders.length > 20 || deciders.some((one) => typeof one !== 'string' || one.length > 100))
    throw new TypeError(`'by' of '${name}' must be at most 20 names of at most 100 characters`);
  return {
    kind,
    name,
    show: shownOf(show),
    by: deciders,
    expires:
      ms === null || expires === undefined
        ? null
        : {
            at: new Date(Date.now() + ms).toISOString(),
            consequence: consequenceOf(name, kind, expires.consequence),
          },
    schema: schema === null ? null : schemaOf(name, schema),
  };
}

function checkName(name: unknown): void {
  const isOk = typeof name === 'string' && GOAL_NAME.test(name) && name.length <= NAME_LIMIT;
  if (!isOk || name.startsWith(RESERVED_PREFIX))
    throw new TypeError(
      `${JSON.stringify(name)} cannot be the name of what is asked; write such as 'sign-off', at most ${NAME_LIMIT} characters`,
    );
}

function consequenceOf(name: string, kind: Asked['kind'], given: unknown): 'reject' | 'approve' {
  if (given === 'reject' || (given === 'approve' && kind === 'approval')) return given;
  const allowed = kind === 'approval' ? "'reject' or 'approve'" : "'reject'";
  throw new TypeError(`'expires.consequence' of '${name}' must be ${allowed}`);
}

function schemaOf(name: string, schema: z.ZodType): Record<string, unknown> {
  const lost = noWayBack(`what '${name}' asks for`, schema);
  if (lost !== null && patched(ANSWERABLE_PATCH)) throw new TypeError(lost);
  const json = asJsonSchema(schema);
  const bytes = jsonBytes(json);
  if (bytes <= SCHEMA_BYTES) return json;
  throw new TypeError(`the schema of '${name}' has ${bytes} bytes; ${SCHEMA_BYTES} at most`);
}
