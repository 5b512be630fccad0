// What a run asks of a person, and what the person decided: in the memo while it waits, in an update once it
// is decided, and in the views of both.

import { z } from 'zod';
import { inputDigest } from './run-id.ts';

/** What `approve` and `ask` of a pursuit are, as steps. */
export const askedKinds = ['approval', 'ask'] as const;
export type AskedKind = (typeof askedKinds)[number];

export const questionSchema = z.object({
  kind: z.enum(askedKinds),
  name: z.string(),
  /** What is to be decided, as JSON: bounded and redacted. */
  show: z.unknown(),
  /** Who may decide: people, teams or groups, by name. Empty: whoever may act on the run. Held only against who is verified. */
  by: z.array(z.string()),
  /** Of an approval: how many people must approve. Absent: one. */
  count: z.int().optional(),
  /** Of an approval: verified people who may not approve, as they started or resumed the run, or supplied results to it. */
  notBy: z.array(z.string()).optional(),
  /** When the time to decide ends, and what that means. */
  expires: z.object({ at: z.string(), consequence: z.enum(['reject', 'approve']) }).nullable(),
  /** Of an `ask`: the JSON Schema of its data. */
  schema: z.record(z.string(), z.unknown()).nullable(),
});
export type Question = z.infer<typeof questionSchema>;

export const verdicts = ['approve', 'reject'] as const;

export const decisionRequestSchema = z.object({
  /** The path of the step that asks. */
  step: z.string(),
  decision: z.enum(verdicts),
  by: z.string(),
  reason: z.string().nullable(),
  /** Whether the gateway knows that it was `by` who decided, or was only told so. */
  verified: z.boolean(),
  /** Of an `ask` that is answered. */
  data: z.unknown().optional(),
  /** Which of those who may decide the person is: by their own name, a team or a group. */
  as: z.array(z.string()).optional(),
  /** By the gateway, of all this: see `signDecision`. */
  signed: z
    .object({ key: z.string(), at: z.number(), signature: z.string().regex(/^[0-9a-f]{128}$/) })
    .optional(),
});

/** The argument of the update by which a person decides. */
export type DecisionRequest = z.infer<typeof decisionRequestSchema>;

export const decidedSchema = decisionRequestSchema
  .omit({ step: true, as: true, signed: true })
  .extend({ at: z.string() });

/** What was decided, by whom, when and why. */
export type Decided = z.infer<typeof decidedSchema>;

/** What a decision says, apart from why: the same once more is a repeat, another is a contradiction. */
export const decisionDigest = ({ decision, by, data }: Pick<Decided, 'decision' | 'by' | 'data'>): string =>
  inputDigest([decision, by, data]);

export const takenDecisionSchema = decidedSchema.omit({ data: true }).extend({
  digest: z.string(),
  /** How many more people must approve. Absent: it is decided. */
  left: z.int().optional(),
});

/** What the update returns, also to who sends it again. */
export type TakenDecision = z.infer<typeof takenDecisionSchema>;

/** What a run that goes on calls a decision among the results that it keeps: no job can have such a name. */
export const keptName = ({ kind, name }: Pick<Question, 'kind' | 'name'>): string => `gk-${kind}:${name}`;

const KEPT_NAME = /^gk-(approval|ask|event):(.+)$/;

/** The step that a kept result is of. */
export function keptStep(job: string): { kind: AskedKind | 'event' | 'job'; name: string } {
  const [, kind, name] = KEPT_NAME.exec(job) ?? [];
  return kind === undefined
    ? { kind: 'job', name: job }
    : { kind: kind as AskedKind | 'event', name: name as string };
}

/** What a decision is about: asked the same again, a run that goes on keeps it. */
export const askedContent = ({ show, by, schema, count }: Question): unknown => ({
  ...{ show, by, schema },
  ...(count === undefined ? {} : { count }),
});

/** Codes with which a run refuses a decision: those of the gateway's problems. */
export const refusals = {
  malformed: 'decision_malformed',
  unknown: 'approval_unknown',
  decided: 'approval_decided',
  closed: 'approval_closed',
  unfit: 'answer_invalid',
  own: 'approval_own',
  notTheirs: 'approval_not_theirs',
  unsigned: 'decision_unsigned',
} as const;
