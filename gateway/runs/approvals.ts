// What a run asks of people, and their decisions: an update of the run's workflow, so that whoever decides hears from the
// run itself whether it counts. What is asked is read from the history; only the decision needs a worker.

import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import type { ShownApproval } from '../../goals/wire/answers.ts';
import {
  type Decided,
  type DecisionRequest,
  decisionDigest,
  refusals,
  type TakenDecision,
  takenDecisionSchema,
} from '../../goals/wire/approvals.ts';
import { type SigningKey, signDecision } from '../../goals/wire/decision-signature.ts';
import { updateNames } from '../../goals/wire/names.ts';
import type { Run, Step } from '../../goals/wire/run-view.ts';
import { updateWorkflowExecutionLifecycleStage } from '../../goals/wire/temporal-enums.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { redactedText } from '../../goals/wire/text/redact.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { mayBeLater } from '../../process/earlier-request.ts';
import { firstValue } from '../../views/payload.ts';
import { misfits } from '../http/check-input.ts';
import { type FieldError, fieldProblem, Problem } from '../http/problems.ts';
import { isNotFound, isOurEnd, type Temporal } from '../temporal/temporal.ts';
import type { DecisionBody } from './decision-body.ts';
import { stuckProblem } from './end-stuck.ts';
import type { Runs } from './runs.ts';

type Outcome = proto.api.update.v1.IOutcome;
type Asking = Step & { asked: NonNullable<Step['asked']> };

export const approvalsOf = ({ steps }: Run): ShownApproval[] => steps.filter(isAsking).map(shown);

const isAsking = (step: Step): step is Asking => step.asked !== undefined;

const shown = ({ path, kind, name, state, startedAt, closedAt, asked }: Asking): ShownApproval => ({
  ...{ step: path, kind, name, state, since: startedAt, closedAt },
  ...asked,
});

export interface Deciding {
  temporal: Temporal;
  runs: Runs;
}

export interface DecisionAsked extends DecisionBody {
  /** Which of these names whoever decides goes by. */
  namesAmong(names: readonly string[]): Promise<string[]>;
  /** What signs the decision; null where the gateway has no key. */
  key: SigningKey | null;
  /** Whether the gateway knows that it is `by` who decides. */
  verified: boolean;
  /** How long a worker may take to answer. */
  waitMs: number;
  idempotencyKey: string | undefined;
}

/** Gives the decision to the run. Resolves once it counts, or counted already; a `Problem` when it does not. */
export async function giveDecision(
  { temporal, runs }: Deciding,
  id: string,
  name: string,
  asked: DecisionAsked,
): Promise<ShownApproval> {
  for (let isFirst = true; ; isFirst = false) {
    const described = await runs.find(id, asked.execution);
    const { run } = await runs.story(described);
    // It may be a repeat, of what somebody decided who saw what an earlier execution showed.
    if (asked.execution === undefined && mayBeLater(described))
      throw new Problem(
        'execution_needed',
        `There may have been another execution of ${id} before, which asked something else. Look at what this one asks, and say that it is meant: "execution": "${run.execution}".`,
        { members: { execution: run.execution } },
      );
    const step = stepOf(run, name);
    const request = await requestOf(run, step, asked);
    const before = step.asked.approvals?.find(({ by }) => by === request.by);
    if (before !== undefined && request.decision === 'approve' && step.asked.decision === null)
      return shown(step);
    if (step.asked.decision !== null) return settled(step, request, step.asked.decision);
    if (step.state !== 'waiting' || run.state === 'closed') throw over(step, run);
    if (run.state === 'stuck') throw stuckProblem(run);
    checkAnswer(step, request);
    try {
      const decided = takenIn(step, await send(temporal, run, request, asked));
      return settled(step, request, decided);
    } catch (error) {
      if (error instanceof Problem && error.code === 'worker_unavailable')
        throw await whyNotTaken(error, runs, run);
      // Closed meanwhile: it is judged once more, from where the run stands now.
      if (!isNotFound(error) || !isFirst) throw error;
    }
  }
}

/** By its path; by its name only where it was asked once, so that a repeat never decides what was asked later. */
function stepOf(run: Run, name: string): Asking {
  const steps = run.steps.filter(isAsking);
  const found = steps.filter((step) => step.path === name || step.name === name);
  const [step] = found;
  if (step !== undefined && found.length === 1) return step;
  if (step !== undefined)
    throw new Problem(
      'approval_ambiguous',
      `${run.id} asked ${boundedText(name, 100)} ${found.length} times. Give the step in the path, with # written as %23.`,
      { members: { steps: found.map(({ path }) => path) } },
    );
  const kept = run.steps.find(({ path, name: other, kept }) => kept && (path === name || other === name));
  if (kept !== undefined && (kept.kind === 'approval' || kept.kind === 'ask'))
    throw new Problem(
      'approval_decided',
      `${kept.path} was decided in the execution ${kept.kept?.from}, and that is kept.`,
    );
  throw new Problem('approval_unknown', `The run ${run.id} asks nobody for ${boundedText(name, 100)}.`);
}

async function requestOf(run: Run, step: Asking, asked: DecisionAsked): Promise<DecisionRequest> {
  const { decision, by, verified, reason, data, key } = asked;
  const as = await asked.namesAmong(step.asked.by);
  const request: DecisionRequest = {
    step: step.path,
    decision,
    by: boundedText(by, 100),
    reason: reason === undefined ? null : boundedText(redactedText(reason), 500),
    verified,
    ...(data === undefined ? {} : { data }),
    ...(as.length === 0 ? {} : { as }),
  };
  if (key === null || !verified) return request;
  const { id, execution } = run;
  return { ...request, signed: signDecision(key, { run: id, execution }, request, Date.now()) };
}

/** The approval as it stands, where it says what was asked for; else a `Problem` that says who was quicker. */
function settled(step: Asking, request: DecisionRequest, decision: Decided | TakenDecision): ShownApproval {
  const digest = 'digest' in decision ? decision.digest : decisionDigest(decision);
  const { verified, by, reason, at } = decision;
  if (digest !== decisionDigest(request)) throw decidedAlready(step, decision);
  const data = request.data === undefined ? {} : { data: request.data };
  const one = { by, reason, verified, at };
  const several =
    step.asked.count === undefined || decision.decision === 'reject'
      ? {}
      : { approvals: [...(step.asked.approvals ?? []).filter((other) => other.by !== by), one] };
  if ('left' in decision && decision.left !== undefined) return { ...shown(step), ...several };
  return {
    ...shown(step),
    ...several,
    state: decision.decision === 'approve' ? 'succeeded' : 'failed',
    closedAt: step.closedAt ?? at,
    decision: { decision: decision.decision, by, reason, verified, at, ...data },
  };
}

function decidedAlready({ path }: Asking, told: Decided | TakenDecision): Problem {
  const { decision, by, reason, at, verified } = told;
  const what = decision === 'approve' ? 'approved' : 'rejected';
  return new Problem('approval_decided', `${path} was ${what} by ${by} at ${at}; that stands.`, {
    members: { decision: { decision, by, reason, at, verified } },
  });
}

function over({ path, asked, state }: Asking, run: Run): Problem {
  const expired = state === 'succeeded' || state === 'failed';
  const how = expired ? `nobody decided it before ${asked.expires?.at}` : 'the run no longer wanted it';
  const members = { execution: run.execution, outcome: run.outcome };
  return new Problem('approval_closed', `${path} waits no longer: ${how}.`, { members });
}

/** The run itself judges by the goal's code; what is plainly wrong is said here, field by field. */
function checkAnswer({ kind, name, asked }: Asking, { decision, data }: DecisionRequest): void {
  if (data !== undefined && (kind === 'approval' || decision === 'reject')) {
    const message = kind === 'approval' ? 'is not asked for' : 'is not taken with a rejection';
    throw fieldProblem('answer_invalid', `${name} takes no data`, [{ path: 'data', message }]);
  }
  if (kind === 'approval' || decision === 'reject' || asked.schema === null) return;
  if (data === undefined)
    throw fieldProblem('answer_invalid', `${name} asks for data`, [{ path: 'data', message: 'is missing' }]);
  const errors = fitting(name, asked.schema, data).map(({ path, message }) => ({
    path: path === '' ? 'data' : `data.${path}`,
    message,
  }));
  if (errors.length > 0) throw fieldProblem('answer_invalid', `The data for ${name} is not right`, errors);
}

function fitting(name: string, schema: Record<string, unknown>, data: unknown): FieldError[] {
  try {
    return misfits(name, schema, data);
  } catch (error) {
    // A schema that cannot be used here is no reason to refuse what the run may take.
    if (error instanceof Problem && error.code === 'goal_schema_unusable') return [];
    throw error;
  }
}

async function send(
  { call, namespace, client }: Temporal,
  { id, execution }: Run,
  request: DecisionRequest,
  { waitMs, idempotencyKey }: DecisionAsked,
): Promise<Outcome> {
  const what = idempotencyKey === undefined ? decisionDigest(request) : `key\n${idempotencyKey}`;
  const until = Date.now() + waitMs;
  try {
    for (let left = waitMs; left > 0; left = until - Date.now()) {
      const { outcome } = await call(
        (service) =>
          service.updateWorkflowExecution({
            namespace,
            workflowExecution: { workflowId: id, runId: execution },
            waitPolicy: { lifecycleStage: updateWorkflowExecutionLifecycleStage.COMPLETED },
            request: {
              meta: {
                updateId: sha256(`decide\n${execution}\n${request.step}\n${what}`),
                identity: client.options.identity,
              },
              input: {
                name: updateNames.decide,
                args: { payloads: [defaultPayloadConverter.toPayload(request) as Payload] },
              },
            },
          }),
        left,
      );
      // Without one it says that the call has waited for as long as Temporal holds any.
      if (outcome) return outcome;
    }
  } catch (error) {
    if (!isOurEnd(error)) throw error;
  }
  throw new Problem(
    'worker_unavailable',
    'No worker took the decision in time. It may be taken as soon as one is up; to send the same again is safe, and tells.',
    { headers: { 'retry-after': '5' } },
  );
}

/** Says of a decision that nobody took why the run's own code does not, where that is known. */
async function whyNotTaken(problem: Problem, runs: Runs, { id, execution }: Run): Promise<Problem> {
  const { failing, run } = await runs.story(await runs.find(id, execution));
  if (run.state === 'stuck') return stuckProblem(run);
  if (failing === null || run.state === 'closed') return problem;
  const detail = `The run cannot take it: its code fails since ${failing.since} (${failing.code}): ${failing.message}. To send the same again once that is mended is safe.`;
  return new Problem(problem.code, detail, problem.extras);
}

/** The decision that counts; a `Problem` for what the run refused. */
function takenIn(step: Asking, { success, failure }: Outcome): TakenDecision {
  const taken = takenDecisionSchema.safeParse(firstValue(success)).data;
  if (taken !== undefined) return taken;
  if ((success?.payloads ?? []).length > 0)
    throw new Problem(
      'worker_unavailable',
      'The run has taken it, and this gateway cannot read how: its answer is sealed with a key that is not here yet. To send the same again is safe, and tells.',
      { headers: { 'retry-after': '5' } },
    );
  const { type, details } = failure?.applicationFailureInfo ?? {};
  const detail = failure?.message ?? 'the run refused it and did not say why';
  if (type === refusals.decided) {
    const decided = takenDecisionSchema.safeParse(firstValue(details)).data;
    // It may be the same decision, sent twice at once in two ways.
    if (decided !== undefined) return decided;
  }
  if (type === refusals.unfit)
    throw fieldProblem('answer_invalid', `The data for ${step.name} is not right`, [
      { path: 'data', message: detail },
    ]);
  const { closed, unknown, own, notTheirs, unsigned } = refusals;
  const code = [closed, unknown, own, notTheirs, unsigned].find((one) => one === type);
  if (code !== undefined) throw new Problem(code, `${detail}.`);
  throw new Error(`the decision of ${step.path} was refused: ${detail}`);
}
