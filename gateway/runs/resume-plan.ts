// What going on from an execution would do: what is kept, what runs again, and what that repeats.

import type { ResumePlan } from '../../goals/wire/answers.ts';
import { keptStep } from '../../goals/wire/approvals.ts';
import { itemOf, shardJob, shardOf } from '../../goals/wire/map.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import type { Run, RunError, Step } from '../../goals/wire/run-view.ts';
import type { KnownStep } from '../../views/known-step.ts';
import { keptBy } from '../../views/known-steps.ts';

export interface PlanSource {
  run: Run;
  errors: readonly RunError[];
  known: readonly KnownStep[];
  resume: Resume;
  /** Digest of the workflow code that pursued it last. */
  code: string | null;
  publication: Publication;
}

export function resumePlan(source: PlanSource): ResumePlan {
  const { run, known, resume, code: before, publication } = source;
  const suppliedAt = new Set(resume.supply.map(({ n }) => n));
  const results = resume.seed
    ? keptBy(known, resume, run.execution).filter(({ n }) => !suppliedAt.has(n))
    : [];
  const seeded = results.filter(({ job }) => hasJob(publication, job));
  const taken = [...seeded, ...resume.supply];
  const paths = new Set(taken.map(({ step }) => step));
  const needed = run.steps.filter(({ kind, state }) => kind === 'goal' && state === 'succeeded');
  const reached = needed.filter(({ name }) => publication.needs.includes(name));
  const unused = [
    ...results.filter((result) => !seeded.includes(result)).map(toldKept),
    ...needed.filter((step) => !reached.includes(step)).map(toldReached),
  ];
  const gone = new Set(unused.map(({ step }) => step));
  const isKept = (step: Step): boolean =>
    paths.has(step.path) || reached.includes(step) || (resume.seed && isKeptMap(step, known, taken));
  const again = [
    ...run.steps.filter((step) => !isKept(step) && !gone.has(step.path)),
    ...lostItems(source).filter(({ path }) => !paths.has(path)),
  ];
  const now = publication.code ?? null;
  return {
    run: run.id,
    execution: run.execution,
    kept: [...seeded.map(toldKept), ...reached.map(toldReached)],
    unused,
    supplied: resume.supply.map(({ step, job }) => ({ step, kind: 'job' as const, name: job })),
    again: again.map(({ path, kind, name, state, attempts }) => ({
      ...{ step: path, kind, name, state, attempts },
    })),
    repeats: again
      .filter(({ kind, attempts }) => kind === 'job' && attempts > 0)
      .map(({ path, kind, name, attempts }) => ({ step: path, kind, name, attempts })),
    code: { before, now, changed: before === null || now === null ? null : before !== now },
  };
}

const toldKept = ({ step, job, from }: KnownStep) => ({ step, ...keptStep(job), from });

const toldReached = ({ path, kind, name, run: from }: Step) => ({ step: path, kind, name, from: from ?? '' });

/** Whether the goal has the job by which a result is kept: what a person decided is of none. */
export function hasJob({ jobs }: Publication, kept: string): boolean {
  const { kind, name } = keptStep(kept);
  return kind !== 'job' || jobs.some((job) => job.name === name || shardJob(job.name) === name);
}

/** Whether nothing of a map runs again: all of its items had succeeded, and each of their results is kept. */
function isKeptMap(
  { path, kind, name, state, map }: Step,
  known: readonly KnownStep[],
  kept: readonly Pick<KnownStep, 'n'>[],
): boolean {
  if (kind !== 'map' || state !== 'succeeded' || map === undefined || map.lost > 0) return false;
  const places = new Set(kept.map(({ n }) => n));
  return known.every(({ n, step, job }) => {
    // A shard that lies in storage tells its job only.
    const isOfMap = step === null ? job === shardJob(name) : (itemOf(step) ?? shardOf(step))?.map === path;
    return !isOfMap || places.has(n);
  });
}

function lostItems({ run, errors }: PlanSource) {
  const attempts = new Map<string, number>();
  for (const { step, attempt } of errors) attempts.set(step, Math.max(attempts.get(step) ?? 0, attempt));
  return run.steps.flatMap(({ name, map }) =>
    (map?.lostItems ?? []).map(({ path }) => ({
      ...{ path, name, kind: 'job' as const, state: 'failed' as const },
      attempts: attempts.get(path) ?? 0,
    })),
  );
}
