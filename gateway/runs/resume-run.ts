// Goes on from a failed execution of a run, or from one that was achieved with items of a map lost: a new one under the
// same ID, told which one to keep the results of. What is asked twice starts once (promise 2): its request ID is made of the
// run's ID and the execution before it.

import type { ResumePlan } from '../../goals/wire/answers.ts';
import { keptStep } from '../../goals/wire/approvals.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { memoNames, PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import { actorsSchema, actorsWith } from '../../goals/wire/run-start.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { storedSchema } from '../../goals/wire/stored.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { startAgain, storedInput } from '../../process/start-again.ts';
import type { KnownStep } from '../../views/known-step.ts';
import { codeOf, knownSteps } from '../../views/known-steps.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalOf } from '../catalogue/goals.ts';
import { checkInput, misfits } from '../http/check-input.ts';
import { type FieldError, fieldProblem, Problem } from '../http/problems.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { annotatedStory } from './annotations.ts';
import { endStuck, goesOn } from './end-stuck.ts';
import type { ResumeBody } from './resume-body.ts';
import { hasJob, resumePlan } from './resume-plan.ts';
import type { Runs } from './runs.ts';
import { historyOf } from './stories.ts';

/** What a resume carries itself travels beside the run's input, in one message. */
const RESUME_BYTES = PAYLOAD_BYTES / 2;

export interface ResumeContext {
  temporal: Temporal;
  catalogue: Catalogue;
  runs: Runs;
}

/** What is asked for, and whether the gateway knows that it is `by` who asks. */
export type ResumeAsked = ResumeBody & { verified?: boolean };

export type Resumed = { plan: ResumePlan } | { run: Run; started: boolean };

/** Starts the execution that goes on, or returns the one that does already; with `dryRun` only says what would happen. */
export async function goOn(context: ResumeContext, id: string, asked: ResumeAsked): Promise<Resumed> {
  const { temporal, catalogue, runs } = context;
  // Its input would be none.
  const unable = temporal.sealing.mayNotWrite();
  if (unable !== null) throw unable;
  for (let isFirst = true; ; isFirst = false) {
    const latest = await runs.find(id);
    const story = await runs.story(latest);
    const { run, errors } = story;
    const isGoingOn = run.resumes !== null && asked.execution === run.resumes.execution;
    const isStuck = run.state === 'stuck';
    if (isGoingOn || (!isStuck && isUnderWay(run, asked))) return { run, started: false };
    refuseUnlessOver(run, asked);
    const publication = await goalOf(catalogue, run.goal);
    if (publication.retired)
      throw new Problem(
        'goal_retired',
        `${run.goal} is no longer declared: no more of its runs are started.`,
      );
    const outside = storedSchema.safeParse(run.input).success;
    if (!outside) checkInput(publication, run.input);
    const known = await knownSteps(run.execution, (execution) =>
      historyBefore(temporal, id, execution, asked),
    );
    const resume = resumeOf(run, asked, known, publication);
    if (asked.dryRun === true) {
      const code = codeOf(await historyOf(temporal, id, run.execution), publication.builds);
      return { plan: resumePlan({ run, errors, known, resume, code, publication }) };
    }
    if (isStuck) {
      // Its own code may be back. Whoever says what is to run again wants another execution.
      if (isPlain(asked) && (await goesOn(temporal, latest)))
        return { run: (await runs.story(await runs.find(id, run.execution))).run, started: false };
      const reason = boundedText(asked.reason ?? 'to go on from it in another execution', 500);
      await endStuck(temporal, { run, errors }, { by: asked.by, verified: asked.verified, reason });
      return goOn(context, id, { ...asked, execution: run.execution });
    }
    const input = outside
      ? storedInput((await historyOf(temporal, id, run.execution))[0], latest.memo)
      : { value: run.input, memo: {} };
    const actors = actorsSchema.safeParse(latest.memo?.[memoNames.actors]).data ?? [];
    const going = {
      run: (await annotatedStory(context, story)).run,
      input,
      actors: actorsWith(actors, run.why),
    };
    const execution = await startAgain(temporal, publication, going, resume, asked);
    if (execution !== null)
      return { run: (await runs.story(await runs.describe(id, execution))).run, started: true };
    // Somebody was quicker, in another way: it is judged once more, from where it stands now.
    if (!isFirst) throw new Problem('run_open', `The run ${id} is being started by somebody else.`);
  }
}

/** The history of an execution that the run goes on from; none where it is gone, and nothing of it is asked for. */
async function historyBefore(temporal: Temporal, id: string, execution: string, asked: ResumeBody) {
  try {
    return await historyOf(temporal, id, execution);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (asked.fromScratch === true) return [];
    throw new Problem(
      'resume_unreadable',
      `Temporal has no history of ${execution} (any more), from which ${id} went on. To do all of it again, ask with "fromScratch": true.`,
    );
  }
}

/** Whether it is going on already, and nobody has said that another execution is meant. */
const isUnderWay = (run: Run, { execution, dryRun }: ResumeBody): boolean =>
  run.state !== 'closed' && run.why.kind === 'resume' && execution === undefined && dryRun !== true;

/** Whether it only asks that the run go on. */
const isPlain = ({ exclude = [], supply = [], fromScratch = false }: ResumeBody): boolean =>
  exclude.length === 0 && supply.length === 0 && !fromScratch;

/** Whether the goal went on without items of a map, which may be done yet. */
const hasLostItems = ({ steps }: Run): boolean => steps.some(({ map }) => (map?.lost ?? 0) > 0);

function refuseUnlessOver(run: Run, { execution }: ResumeBody): void {
  const members = { execution: run.execution, outcome: run.outcome };
  if (execution !== undefined && execution !== run.execution)
    throw new Problem(
      'execution_superseded',
      `The latest execution of ${run.id} is ${run.execution}; only from that one can it go on.`,
      { members },
    );
  if (run.state !== 'closed' && run.state !== 'stuck')
    throw new Problem('run_open', `The run ${run.id} is under way; there is nothing to go on from.`, {
      members,
    });
  if (run.outcome === 'achieved' && !hasLostItems(run))
    throw new Problem('run_achieved', `The run ${run.id} is achieved; there is nothing left to do.`, {
      members,
    });
  // It may be the same request once more, sent again after its run had ended.
  if (execution === undefined && run.why.kind === 'resume' && run.state === 'closed')
    throw new Problem(
      'execution_needed',
      `${run.id} has gone on once already, and ended again. To go on from there, ask with "execution": "${run.execution}".`,
      { members },
    );
}

function resumeOf(
  run: Run,
  { exclude = [], supply = [], fromScratch = false }: ResumeBody,
  known: readonly KnownStep[],
  publication: Publication,
): Resume {
  const errors: FieldError[] = [];
  const find = (path: string, field: string): KnownStep | undefined => {
    const step = known.find((candidate) => candidate.step === path);
    if (step !== undefined) return step;
    const other = run.steps.find((candidate) => candidate.path === path);
    const what =
      other === undefined ? 'is not a step of this execution' : `is a ${other.kind}, and not a step of a job`;
    errors.push({ path: field, message: what });
    return undefined;
  };
  for (const [i, path] of exclude.entries()) find(path, `exclude.${i}`);
  const supplied = supply.flatMap(({ step, output }, i) => {
    const found = find(step, `supply.${i}.step`);
    if (found === undefined) return [];
    // A person's word is nobody else's to give.
    if (keptStep(found.job).kind !== 'job')
      errors.push({ path: `supply.${i}.step`, message: 'is for a person to decide, once the run asks' });
    if (found.isStored)
      errors.push({
        path: `supply.${i}.step`,
        message: 'has an input that lies in external storage, by which no result can be matched to it',
      });
    if (exclude.includes(step) || supply.findIndex((other) => other.step === step) !== i)
      errors.push({ path: `supply.${i}.step`, message: 'is named twice' });
    if (!hasJob(publication, found.job))
      errors.push({ path: `supply.${i}.step`, message: 'is of a job that the goal does not have any more' });
    const schema = publication.jobs.find(({ name }) => name === found.job)?.output;
    const wrong = schema === undefined ? [] : misfits(run.goal, schema, output);
    for (const { path, message } of wrong)
      errors.push({ path: [`supply.${i}.output`, path].filter((part) => part !== '').join('.'), message });
    return [{ n: found.n, step, job: found.job, input: found.input, output }];
  });
  const resume: Resume = {
    from: run.execution,
    outcome: run.outcome ?? 'failed',
    failure: run.failure,
    seed: !fromScratch,
    exclude,
    supply: supplied,
  };
  const bytes = jsonBytes(resume);
  if (bytes > RESUME_BYTES)
    errors.push({ path: 'supply', message: `has ${bytes} bytes; ${RESUME_BYTES} at most` });
  if (errors.length > 0) throw fieldProblem('body_invalid', 'It cannot go on like that', errors);
  return resume;
}
