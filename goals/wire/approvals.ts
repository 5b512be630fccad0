// What a run asks of a person, and what the person decided: in the memo while it waits, in an update once it
// is decided, and in the views of both.

import { z } from 'zod';
import { inputDigest } from './run-id.ts';

/** What `approve` and `ask` of a pursuit are, as steps. */
export const askedKinds = ['approval', 'ask'] as const;
export type AskedKind = (typeof askedKinds)[number];

export const askedSchema = z.object({
  kind: z.enum(askedKinds),
  name: z.string(),
  /** What is to be decided, as JSON: bounded and redacted. */
  show: z.unknown(),
  /** Who may decide. Empty: whoever may act on the run. Shown only, until the gateway knows who asks. */
  by: z.array(z.string()),
  /** When the time to decide ends, and what that means. */
  expires: z.object({ at: z.string(), consequence: z.enum(['reject', 'approve']) }).nullable(),
  /** Of an `ask`: the JSON Schema of its data. */
  schema: z.record(z.string(), z.unknown()).nullable(),
});
export type Asked = z.infer<typeof askedSchema>;

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
});

/** The argument of the update by which a person decides. */
export type DecisionRequest = z.infer<typeof decisionRequestSchema>;

export const decidedSchema = decisionRequestSchema.omit({ step: true }).extend({ at: z.string() });

/** What was decided, by whom, when and why. */
export type Decided = z.infer<typeof decidedSchema>;

/** What a decision says, apart from why: the same once more is a repeat, another is a contradiction. */
export const decisionDigest = ({ decision, by, data }: Pick<Decided, 'decision' | 'by' | 'data'>): string =>
  inputDigest([decision, by, data]);

export const takenDecisionSchema = decidedSchema.omit({ data: true }).extend({ digest: z.string() });

/** What the update returns, also to who sends it again. */
export type TakenDecision = z.infer<typeof takenDecisionSchema>;

/** What a run that goes on calls a decision among the results that it keeps: no job can have such a name. */
export const keptName = ({ kind, name }: Pick<Asked, 'kind' | 'name'>): string => `gk-${kind}:${name}`;

const KEPT_NAME = /^gk-(approval|ask):(.+)$/;

/** The step that a kept result is of. */
export function keptStep(job: string): { kind: AskedKind | 'job'; name: string } {
  const [, kind, name] = KEPT_NAME.exec(job) ?? [];
  return kind === undefined ? { kind: 'job', name: job } : { kind: kind as AskedKind, name: name as string };
}

/** What a decision is about: asked the same again, a run that goes on keeps it. */
export const askedContent = ({ show, by, schema }: Asked): unknown => ({ show, by, schema });

/** Codes with which a run refuses a decision: those of the gateway's problems. */
export const refusals = {
  malformed: 'decision_malformed',
  unknown: 'approval_unknown',
  decided: 'approval_decided',
  closed: 'approval_closed',
  unfit: 'answer_invalid',
} as const;
