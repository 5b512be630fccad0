// A row of Temporal's visibility in, a row of a list of runs out.

import type { temporal } from '@temporalio/proto';
import { questionSchema } from '../goals/wire/approvals.ts';
import { timesIn } from '../goals/wire/by-clock.ts';
import { type Failure, failureKinds } from '../goals/wire/failure.ts';
import { memoNames, searchAttributes, stepOfMemo } from '../goals/wire/names.ts';
import { type RowFailure, type RowMemo, rowFailure, rowMemoSchema } from '../goals/wire/row-memo.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import type { RunRow } from '../goals/wire/run-row.ts';
import { type Outcome, paceSchema, type Why, whySchema } from '../goals/wire/run-view.ts';
import { isoOf, millisecondsOf } from './event-time.ts';
import { value } from './payload.ts';

type Info = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** What becomes known of an execution beside its row: how the server ended it. */
export interface RowEnd {
  outcome: Outcome;
  /** Of one that the server ended, so that it could not say itself why. */
  failure: Failure | null;
}

/** The row at `now`, in milliseconds since 1970; `end` is null of an open run. Null where it is none of a run. */
export function runRow(info: Info, end: RowEnd | null, now: number): RunRow | null {
  const id = info.execution?.workflowId ?? '';
  const parsed = parseRunId(id);
  if (parsed === null || parsed.goal !== info.type?.name) return null;
  const memo = info.memo?.fields ?? {};
  const attribute = (name: string): unknown => value(info.searchAttributes?.indexedFields?.[name]);
  const told = rowMemoSchema.safeParse(value(memo[memoNames.row])).data ?? null;
  const startedMs = millisecondsOf(info.startTime) ?? 0;
  const closedMs = end === null ? null : (millisecondsOf(info.closeTime) ?? startedMs);
  const pace = paceSchema.safeParse(value(memo[memoNames.pace])).data;
  const times = timesIn(pace, startedMs);
  const expected = timeText(times.expected);
  const said = attribute(searchAttributes.state);
  const state =
    end !== null
      ? 'closed'
      : said === 'struggling' || said === 'waiting' || said === 'delayed'
        ? said
        : ('pursuing' as const);
  const isSlow = expected !== null && (closedMs ?? now) > Date.parse(expected);
  return {
    id,
    goal: parsed.goal,
    key: textOf(value(memo[memoNames.key])) ?? parsed.key,
    execution: info.execution?.runId ?? '',
    state,
    outcome: end?.outcome ?? null,
    startedAt: new Date(startedMs).toISOString(),
    closedAt: end === null ? null : isoOf(info.closeTime),
    deadline: timeText(times.deadline),
    expected,
    late: isSlow && (end === null || end.outcome === 'achieved'),
    atRisk:
      end === null && attribute(searchAttributes.pace) === 'at-risk'
        ? true
        : state === 'struggling' && told?.struggle == null
          ? null
          : false,
    owner: textOf(attribute(searchAttributes.owner)),
    team: textOf(attribute(searchAttributes.team)),
    why: whyIn(memo) ?? null,
    waiting: end === null ? waitingIn(memo) : [],
    failure:
      end?.outcome === 'failed'
        ? failureOf(
            end.failure == null ? (told?.failure ?? null) : rowFailure(end.failure),
            textOf(attribute(searchAttributes.failure)),
            textOf(attribute(searchAttributes.cause)),
          )
        : null,
    healed: end === null ? null : healedOf(told, attribute(searchAttributes.fingerprints)),
    struggling: state === 'struggling' ? (told?.struggle ?? null) : null,
  };
}

const textOf = (given: unknown): string | null => (typeof given === 'string' ? given : null);

/** A run that met an error has its fingerprint, and counts its errors when it closes. */
function healedOf(told: RowMemo | null, fingerprints: unknown): number | null {
  if (told === null) return null;
  return told.healed ?? (told.healed === undefined && fingerprints === undefined ? 0 : null);
}

function failureOf(
  told: RowFailure | null,
  keyword: string | null,
  fingerprint: string | null,
): RunRow['failure'] {
  if (told !== null) {
    const { cause, ...failure } = told;
    return { ...failure, run: cause?.run ?? null, fingerprint: cause?.fingerprint ?? fingerprint };
  }
  const [kind = null, ...code] = keyword?.split('/') ?? [];
  const known = failureKinds.find((one) => one === kind) ?? null;
  return { kind: known, code: code.join('/') || null, message: null, path: [], run: null, fingerprint };
}

/** Whether the execution asks a person something that nobody has decided yet. */
export const asksSomebody = ({ memo }: Info): boolean => waitingIn(memo?.fields ?? {}).length > 0;

/** By what the execution was triggered; one that was started on Temporal's own says nothing of it. */
export const triggerOf = ({ memo, parentExecution }: Info): Why['kind'] =>
  whyIn(memo?.fields ?? {})?.kind ?? (parentExecution?.workflowId ? 'goal' : 'engine');

const whyIn = (memo: NonNullable<Info['memo']>['fields'] & object): Why | undefined =>
  whySchema.safeParse(value(memo[memoNames.why])).data;

function waitingIn(memo: NonNullable<Info['memo']>['fields'] & object): RunRow['waiting'] {
  return Object.entries(memo).flatMap(([field, payload]) => {
    const step = stepOfMemo(field);
    const asked = step === null ? undefined : questionSchema.safeParse(value(payload)).data;
    if (step === null || asked === undefined) return [];
    const { kind, name, by, expires } = asked;
    return [{ kind, name, by, expires, step }];
  });
}

const timeText = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
