// How a retraction begins, whoever begins it: a person at the gateway, or a run that takes an outcome in doubt.

import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { memoNames, SYSTEM_TASK_QUEUE, searchAttributes } from '../goals/wire/names.ts';
import type { RetractionStart } from '../goals/wire/retraction.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';

const teamKey = defineSearchAttributeKey(searchAttributes.team, SearchAttributeType.KEYWORD);

export const retractionStart = (workflowId: string, start: RetractionStart) => ({
  ...{ workflowId, taskQueue: SYSTEM_TASK_QUEUE, args: [start] as [RetractionStart] },
  memo: { [memoNames.retractionTerms]: start.terms },
  ...(start.terms.team === null
    ? {}
    : { typedSearchAttributes: [{ key: teamKey, value: start.terms.team }] }),
  staticSummary: boundedText(`retraction of ${start.terms.run}`, 120),
});
