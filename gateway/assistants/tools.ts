// What an assistant may ask of goalkeeper, as data: each tool is a request that the caller could make, and its answer cut down to
// what helps. What jobs wrote may have been written to mislead: it stands apart, as `untrusted`, bounded.

import { z } from 'zod';
import type { GoalSummary, IncidentPage, ResumePlan } from '../../goals/wire/answers.ts';
import { RUN_ID } from '../../goals/wire/run-id.ts';
import { outcomes, type Run, type RunSummary } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';

/** A request of the API, which the caller's own role and teams decide about. */
export interface AskedOfApi {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  headers?: Readonly<Record<string, string>>;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  /** `write`: it is there only where GOALKEEPER_MCP_WRITES is on. */
  does: 'read' | 'write';
  input: z.ZodObject;
  ask(given: Record<string, unknown>): AskedOfApi;
  /** What the assistant is told: facts, and beside them what is untrusted. `origin`: where the pages of the gateway are. */
  tell(answer: unknown, given: Record<string, unknown>, origin: string): ToolAnswer;
}

export interface ToolAnswer {
  facts: Record<string, unknown>;
  untrusted?: Record<string, unknown>;
}

const TEXT = 2_000;
const ROWS = 20;
const STEPS = 50;

const runField = z.string().regex(RUN_ID).describe('ID of a run, such as `daily-revenue:2026-11-20`');
const reasonField = z.string().trim().min(1).max(400).describe('why; it is kept in the record of the run');

const tool = <Input extends z.ZodObject, Answer>(
  row: Omit<Tool, 'input' | 'ask' | 'tell'> & {
    input: Input;
    ask(given: z.infer<Input>): AskedOfApi;
    tell(answer: Answer, given: z.infer<Input>, origin: string): ToolAnswer;
  },
): Tool => row as unknown as Tool;

const query = (path: string, given: object): string => {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(
    set.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? path : `${path}?${text}`;
};

const ofRun = (run: string): string => `/runs/${encodeURIComponent(run)}`;

const rowOf = ({ id, goal, state, outcome, startedAt, closedAt, owner, team, errors }: RunSummary) => ({
  ...{ run: id, goal, state, outcome, startedAt, closedAt, owner, team },
  // Healed errors are counted, and are no failure.
  healedErrors: errors.recovered,
});

/** Why a run was not reached, the first true cause first. */
function explained({
  id,
  goal,
  outcome,
  state,
  failure,
  criteria,
  errors,
  struggling,
  stuck,
}: Run): ToolAnswer {
  const unmet = criteria.filter(({ met }) => !met);
  return {
    facts: {
      ...{ run: id, goal, outcome, state },
      failure: failure && {
        ...{ kind: failure.kind, path: failure.path, causeRun: failure.cause?.run ?? null },
        fingerprint: failure.cause?.fingerprint ?? null,
      },
      criteriaNotMet: unmet.map(({ name }) => name),
      struggling: struggling.map(({ step, since, attempts }) => ({ step, since, attempts })),
      healedErrors: errors.recovered,
    },
    untrusted: {
      code: failure && boundedText(failure.cause?.code ?? failure.code, 200),
      message: failure && boundedText(failure.cause?.message ?? failure.message, TEXT),
      criteria: unmet.map(({ message }) => message && boundedText(message, TEXT)),
      struggling: struggling.map(({ message }) => boundedText(message, TEXT)),
      stuck: stuck && boundedText(stuck.message, TEXT),
    },
  };
}

export const tools: readonly Tool[] = [
  tool({
    name: 'list_goals',
    title: 'List goals',
    description:
      'Lists goals: the outcome of each, its owner, how it went last, and how often it was reached.',
    does: 'read',
    input: z.object({ window: z.string().optional().describe('how far back, such as `30d`') }),
    ask: (given) => ({ method: 'GET', path: query('/goals', given) }),
    tell: ({ items }: { items: GoalSummary[] }) => ({
      facts: {
        goals: items
          .filter(({ retired }) => !retired)
          .map(({ goal, outcome, owner, team, last, record, paused }) => ({
            ...{ goal, outcome, owner, team, last, record, isPaused: paused !== null },
          })),
      },
    }),
  }),
  tool({
    name: 'list_runs',
    title: 'List runs',
    description: 'Lists runs, those under way first, then the latest to close.',
    does: 'read',
    input: z.object({
      goal: z.string().optional(),
      team: z.string().optional(),
      outcome: z.enum(outcomes).optional(),
      state: z.enum(['delayed', 'pursuing', 'waiting', 'asking', 'struggling', 'stuck', 'closed']).optional(),
      since: z.string().optional().describe('a time, or how long ago, such as `24h`'),
    }),
    ask: (given) => ({ method: 'GET', path: query('/runs', { ...given, limit: ROWS }) }),
    tell: ({ items, next }: { items: RunSummary[]; next: string | null }) => ({
      facts: { runs: items.map(rowOf), areMore: next !== null },
    }),
  }),
  tool({
    name: 'get_run',
    title: 'Show a run',
    description: 'Shows a run: its outcome, its criteria and its steps.',
    does: 'read',
    input: z.object({ run: runField }),
    ask: ({ run }) => ({ method: 'GET', path: ofRun(run) }),
    tell: (run: Run) => ({
      facts: {
        ...rowOf(run),
        criteria: run.criteria.map(({ name, met }) => ({ name, met })),
        waiting: run.waiting.map(({ name, since, by }) => ({ name, since, by })),
        steps: run.steps.slice(0, STEPS).map(({ path, state, attempts, errors }) => ({
          ...{ step: path, state, attempts, healedErrors: errors.recovered },
        })),
        stepsLeftOut: Math.max(0, run.steps.length - STEPS),
      },
    }),
  }),
  tool({
    name: 'explain_failure',
    title: 'Explain why a goal was not reached',
    description:
      'Explains why a run failed or goes on with trouble: the first true cause, the path to it, and the criteria that were not met. Errors that healed are only counted.',
    does: 'read',
    input: z.object({ run: runField }),
    ask: ({ run }) => ({ method: 'GET', path: ofRun(run) }),
    tell: explained,
  }),
  tool({
    name: 'list_errors',
    title: 'List troubles',
    description:
      'Lists the errors of all runs by trouble, and the outcomes that failed without one (`kind`): which goals it hurt, how many runs failed or healed.',
    does: 'read',
    input: z.object({
      window: z.string().optional().describe('how far back, such as `24h`'),
      goal: z.string().optional(),
      team: z.string().optional(),
    }),
    ask: (given) => ({ method: 'GET', path: query('/errors', { ...given, limit: ROWS }) }),
    tell: ({ items, since, truncated }: IncidentPage) => ({
      facts: {
        ...{ since, truncated },
        troubles: items.map(
          ({ fingerprint, kind, goals, occurrences, failedRuns, healedRuns, openRuns, runs, lastSeen }) => ({
            ...{ fingerprint, kind, goals, occurrences, failedRuns, healedRuns, openRuns, runs, lastSeen },
          }),
        ),
      },
      untrusted: {
        troubles: items.map(({ fingerprint, code, message }) => ({
          ...{ fingerprint, code: boundedText(code, 200), message: boundedText(message, 300) },
        })),
      },
    }),
  }),
  tool({
    name: 'plan_resume',
    title: 'Plan a resume',
    description: 'Says what a resume of a failed run would keep, run again and repeat. Nothing is started.',
    does: 'read',
    input: z.object({ run: runField }),
    ask: ({ run }) => ({ method: 'POST', path: `${ofRun(run)}/resume`, body: { dryRun: true } }),
    tell: planned,
  }),
  tool({
    name: 'propose_resume',
    title: 'Propose a resume to a person',
    description:
      'Makes the proposal that a person can carry out: the plan, the page on which they resume the run, and the command for it. Nothing is started, and nothing is stored. Give all of it to the person.',
    does: 'read',
    input: z.object({ run: runField, reason: reasonField }),
    ask: ({ run }) => ({ method: 'POST', path: `${ofRun(run)}/resume`, body: { dryRun: true } }),
    tell: (plan: ResumePlan, { run, reason }, origin) => ({
      facts: {
        ...planned(plan).facts,
        page: origin + query(`${ofRun(run)}/resume`, { execution: plan.execution, reason }),
        command: `goalkeeper runs resume ${quoted(run)} --reason ${quoted(reason)}`,
      },
    }),
  }),
  tool({
    name: 'start_run',
    title: 'Start a run',
    description: 'Starts a run of a goal, or joins the one that its key has already.',
    does: 'write',
    input: z.object({ goal: z.string(), input: z.record(z.string(), z.unknown()), reason: reasonField }),
    ask: ({ goal, input, reason }) => ({
      ...{ method: 'POST', path: `/goals/${encodeURIComponent(goal)}/runs` },
      body: { input, reason: byAssistant(reason) },
    }),
    tell: (run: Run) => ({ facts: rowOf(run) }),
  }),
  tool({
    name: 'resume_run',
    title: 'Resume a run',
    description:
      'Resumes a failed run and keeps what succeeded. Steps that had begun are repeated: plan it first.',
    does: 'write',
    input: z.object({ run: runField, execution: z.guid().describe('of the plan'), reason: reasonField }),
    ask: ({ run, execution, reason }) => ({
      ...{ method: 'POST', path: `${ofRun(run)}/resume` },
      body: { execution, reason: byAssistant(reason) },
    }),
    tell: (run: Run) => ({ facts: rowOf(run) }),
  }),
  tool({
    name: 'cancel_run',
    title: 'Cancel a run',
    description: 'Cancels a run that is under way.',
    does: 'write',
    input: z.object({ run: runField, reason: reasonField }),
    ask: ({ run, reason }) => ({
      ...{ method: 'POST', path: `${ofRun(run)}/cancel`, body: { reason: byAssistant(reason) } },
    }),
    tell: (run: Run) => ({ facts: rowOf(run) }),
  }),
];

function planned({ run, execution, kept, again, repeats, code }: ResumePlan): ToolAnswer {
  const steps = (list: readonly { step: string | null; name: string }[]) =>
    list.slice(0, STEPS).map(({ step, name }) => step ?? name);
  return {
    facts: {
      ...{ run, execution, codeChanged: code.changed },
      ...{ kept: kept.length, again: steps(again), repeats: steps(repeats) },
    },
  };
}

const byAssistant = (reason: string): string => `${reason} (asked for by an assistant)`;

/** As a shell takes it: one word, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
