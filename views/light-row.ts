// A light run as Temporal would list an ordinary run of the same: whatever shows rows shows these.

import type { temporal } from '@temporalio/proto';
import { memoNames, searchAttributes } from '../goals/wire/names.ts';
import type { RowMemo } from '../goals/wire/row-memo.ts';
import { runId } from '../goals/wire/run-id.ts';
import { workflowExecutionStatus } from '../goals/wire/temporal-enums.ts';
import { type LightRunFacts, lightEvents, payloadOf, timeOf } from './light-run.ts';

type Info = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** Of one that is achieved; `facts` of one that is not is a row of an open run. */
export function lightRow(facts: LightRunFacts): Info {
  const { goal, ask, answer, taskQueue } = facts;
  const achieved = answer?.end === 'achieved' ? answer : null;
  const ledgers = achieved?.steps.flatMap(({ ledger }) => ledger ?? []) ?? [];
  const healed = ledgers.reduce((sum, { total }) => sum + total, 0);
  const fingerprints = [...new Set(ledgers.flatMap(({ tallies }) => Object.keys(tallies)))].filter(
    (one) => one !== 'other',
  );
  const start = lightEvents({ ...facts, answer: null })[0]?.workflowExecutionStartedEventAttributes;
  const met = healed === 0 ? {} : { [memoNames.row]: payloadOf({ healed } satisfies RowMemo) };
  return {
    execution: { workflowId: runId(goal, ask.key), runId: achieved?.execution ?? '' },
    type: { name: goal },
    taskQueue,
    status: achieved === null ? workflowExecutionStatus.RUNNING : workflowExecutionStatus.COMPLETED,
    startTime: timeOf(achieved?.begun ?? facts.acceptedAt),
    ...(achieved === null ? {} : { closeTime: timeOf(achieved.closed) }),
    memo: { fields: { ...start?.memo?.fields, ...met } },
    searchAttributes: {
      indexedFields: {
        ...start?.searchAttributes?.indexedFields,
        ...(fingerprints.length === 0 ? {} : { [searchAttributes.fingerprints]: payloadOf(fingerprints) }),
      },
    },
  };
}
