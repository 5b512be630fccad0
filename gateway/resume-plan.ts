// What going on from a failed execution would do: what is kept, what runs again, and what that repeats.

import { keptStep } from '../goals/wire/approvals.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { Resume } from '../goals/wire/resume.ts';
import type { Run, Step } from '../goals/wire/run-view.ts';
import { type KnownStep, keptBy } from '../views/known-steps.ts';

type NamedStep = Pick<Step, 'kind' | 'name'> & { step: string | null };

export interface ResumePlan {
  run: string;
  /** The execution that it would go on from. */
  execution: string;
  /** Results that are taken instead of running; `from` is the execution in which it ran, or the run of a needed goal. */
  kept: (NamedStep & { from: string })[];
  /** Results that the operator gives. */
  supplied: NamedStep[];
  /** Steps that are known to run again. Whatever follows them runs as well, for the first time. */
  again: (NamedStep & Pick<Step, 'state' | 'attempts'>)[];
  /** Those among them that had begun: what they did to the world before is done again. */
  repeats: (NamedStep & Pick<Step, 'attempts'>)[];
  /** Digests of the workflow code of the goal's team, jobs not included; null where it is not known. */
  code: { before: string | null; now: string | null; changed: boolean | null };
}

export interface PlanSource {
  run: Run;
  known: readonly KnownStep[];
  resume: Resume;
  /** Digest of the workflow code that pursued it last. */
  code: string | null;
  publication: Publication;
}

export function resumePlan({ run, known, resume, code: before, publication }: PlanSource): ResumePlan {
  const suppliedAt = new Set(resume.supply.map(({ n }) => n));
  const seeded = resume.seed
    ? keptBy(known, resume, run.execution).filter(({ n }) => !suppliedAt.has(n))
    : [];
  const paths = new Set([...seeded, ...resume.supply].map(({ step }) => step));
  const reached = run.steps.filter(({ kind, state }) => kind === 'goal' && state === 'succeeded');
  const again = run.steps.filter((step) => !paths.has(step.path) && !reached.includes(step));
  const now = publication.code ?? null;
  return {
    run: run.id,
    execution: run.execution,
    kept: [
      ...seeded.map(({ step, job, from }) => ({ step, ...keptStep(job), from })),
      ...reached.map(({ path, kind, name, run: from }) => ({ step: path, kind, name, from: from ?? '' })),
    ],
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
