// A run as people see it, made of what is known of its steps and its end, whoever knows it: a history that was read, or a
// simulation.

import { type AskedKind, askedKinds } from '../goals/wire/approvals.ts';
import { timesIn } from '../goals/wire/by-clock.ts';
import type { Criterion, Failure } from '../goals/wire/failure.ts';
import { lastEntry } from '../goals/wire/ledger.ts';
import { itemOf } from '../goals/wire/map.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import type { Outcome, Pace, Resumes, Run, Why } from '../goals/wire/run-view.ts';
import { countErrors, countsByStep, errorsOf, noErrors, type RunErrors } from './errors.ts';
import { inTime } from './in-time.ts';
import type { MapReader } from './maps.ts';
import type { StepBook } from './step-book.ts';
import { isOpen, type StepState, shownStep } from './step-state.ts';

export interface Ending {
  outcome: Outcome;
  criteria: Criterion[];
  failure: Failure | null;
  output: unknown;
  already?: true;
}

/** What is known of a run. */
export interface RunFacts {
  id: string;
  execution: string;
  /** As the start said it; null where it did not. */
  key: string | null;
  /** The goal, should the ID not tell. */
  named: string;
  startedAt: string;
  /** When it was to begin, where that was later than it was asked for. */
  startsAt?: string | undefined;
  closedAt: string | null;
  /** Null as long as the run is open. */
  ending: Ending | null;
  deadline: string | null;
  pace: Pace | undefined;
  owner: string | null;
  team: string | null;
  why: Why;
  resumes: Resumes | null;
  input: unknown;
  book: StepBook;
  maps: MapReader;
  /** What time it is, in milliseconds since 1970. */
  now: number;
}

/** The run, and its errors apart from it. */
export function reportedOf(facts: RunFacts): RunErrors & { run: Run } {
  const { id, execution, startedAt, closedAt, ending, pace, owner, team, why, resumes, input, now } = facts;
  const { deadline, expected } = timesIn(pace, Date.parse(facts.startsAt ?? startedAt));
  const steps = [...facts.book.steps.values()];
  const all = facts.book.values();
  const maps = facts.maps.progress(now);
  const told = errorsOf(all, {
    closed: closedAt !== null,
    cancelled: ending?.outcome === 'cancelled',
    failure: ending?.failure ?? null,
  });
  const counts = countsByStep(told, (path) => itemOf(path)?.map ?? path);
  const { goal, key } = parseRunId(id) ?? { goal: facts.named, key: id };
  const struggling = all.flatMap(struggleOf);
  const waiting = steps.flatMap(waitedFor);
  const waitsFor = steps.flatMap(awaitedBy);
  const run: Run = {
    id,
    goal,
    key: facts.key ?? key,
    execution,
    state:
      closedAt !== null
        ? 'closed'
        : isDelayed(facts)
          ? 'delayed'
          : openState(struggling, waiting.length + waitsFor.length > 0),
    outcome: ending?.outcome ?? null,
    startedAt,
    ...(facts.startsAt !== undefined && { startsAt: facts.startsAt }),
    closedAt,
    deadline: facts.deadline ?? timeText(deadline),
    expected: timeText(expected),
    usualMs: pace?.usualMs ?? null,
    atRisk: false,
    late: false,
    owner,
    team,
    why,
    resumes,
    errors: countErrors(told, () => true),
    criteria: ending?.criteria ?? [],
    failure: ending?.failure == null ? null : withExecution(ending.failure, steps),
    struggling,
    waiting,
    ...(waitsFor.length > 0 && { waitsFor }),
    input,
    output: ending?.output ?? null,
    ...(ending?.already && { already: ending.already }),
    steps: steps.map((known) => {
      const { path } = known.step;
      return shownStep(known, counts.get(path) ?? noErrors(), maps.get(path));
    }),
  };
  return { run: { ...run, ...inTime(run, told.errors, now) }, ...told };
}

/** The failure, with the execution of a needed run in which its cause lies. */
function withExecution(failure: Failure, steps: readonly StepState[]): Failure {
  const { cause, path } = failure;
  const needed = steps.find(({ step }) => step.path === path[0])?.step;
  if (cause === null || needed?.execution === undefined || needed.run !== cause.run) return failure;
  return { ...failure, cause: { ...cause, execution: needed.execution } };
}

const isDelayed = ({ startsAt, now }: RunFacts): boolean =>
  startsAt !== undefined && now < Date.parse(startsAt);

const timeText = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** What a step struggles with: as it told, or later and so from its ledger. */
function struggleOf({ step, struggle, ledger }: StepState): Run['struggling'] {
  if (struggle === null) return [];
  const { nextAttemptAt } = step;
  const { next: _, ...told } = struggle;
  const { code, message, fingerprint } = lastEntry(ledger) ?? struggle;
  const attempts = Math.max(struggle.attempts, ledger.total);
  return [{ ...told, code, message, fingerprint, attempts, nextAttemptAt }];
}

function openState(struggling: Run['struggling'], isWaiting: boolean): Run['state'] {
  if (struggling.length > 0) return 'struggling';
  return isWaiting ? 'waiting' : 'pursuing';
}

function awaitedBy(known: StepState): NonNullable<Run['waitsFor']> {
  const { path: step, awaits, startedAt: since } = known.step;
  if (awaits === undefined || !isOpen(known)) return [];
  const { type, match, until, dropped } = awaits;
  return [{ step, type, match, until, since, ...(dropped !== undefined && { dropped }) }];
}

function waitedFor(known: StepState): Run['waiting'] {
  const { path: step, kind, name, asked, startedAt: since } = known.step;
  if (asked === undefined || !isOpen(known) || !isAsked(kind)) return [];
  return [{ step, kind, name, by: asked.by, since, expires: asked.expires }];
}

const isAsked = (kind: string): kind is AskedKind => askedKinds.some((asked) => asked === kind);
