// How a run gets tags and notes, whoever writes them: the gateway for one run, a worker for many. An open run has them as signals in its
// own history, a closed one in that of a workflow beside it, on which nobody works.
//
// Lists find a run by the tags that it got after its start by another workflow beside it, whose search attribute has all its tags: a run's
// own search attributes change only while a worker works on it. It is begun anew with each change.

import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { Annotation } from '../goals/wire/annotations.ts';
import {
  ANNOTATIONS,
  ANNOTATIONS_QUEUE,
  annotationsPrefix,
  searchAttributes,
  signalNames,
  TAGGED,
  taggedPrefix,
} from '../goals/wire/names.ts';
import { marksOf, markTag } from '../goals/wire/retraction.ts';
import type { Run } from '../goals/wire/run-view.ts';
import { workflowIdConflictPolicy, workflowIdReusePolicy } from '../goals/wire/temporal-enums.ts';
import { isNotFound } from './is-not-found.ts';
import { millisecondsOfDuration, protoTime } from './proto-time.ts';
import type { TemporalCaller } from './start-execution.ts';

/** What stands beside an open run ends by itself after that, should the run be open for longer than anybody keeps it. */
const OPEN_MS = 400 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;
/** Where Temporal does not say how long it keeps what has closed. */
const RETENTION_MS = 30 * 24 * HOUR_MS;

export type AnnotatedRun = Pick<
  Run,
  'id' | 'execution' | 'state' | 'team' | 'tags' | 'retracted' | 'inDoubt'
>;

/** Writes what of the annotation the run does not have yet. `requestId`: the same writes it once. */
export async function keepAnnotation(
  caller: TemporalCaller,
  { id, execution, state, tags = [] }: AnnotatedRun,
  given: Annotation,
  requestId: string = randomUUID(),
): Promise<void> {
  const annotation =
    given.kind !== 'tag'
      ? given
      : {
          ...given,
          add: given.add.filter((tag) => !tags.includes(tag)),
          remove: given.remove.filter((tag) => tags.includes(tag)),
        };
  if (annotation.kind === 'tag' && annotation.add.length + annotation.remove.length === 0) return;
  const { namespace, identity } = caller.client.options;
  const signal = { namespace, identity, requestId, signalName: signalNames.annotate };
  const payloads = [defaultPayloadConverter.toPayload(annotation) as Payload];
  if (state !== 'closed')
    try {
      await caller.call((service) =>
        service.signalWorkflowExecution({
          ...signal,
          workflowExecution: { workflowId: id, runId: execution },
          input: { payloads },
        }),
      );
      return;
    } catch (error) {
      // It has closed meanwhile.
      if (!isNotFound(error)) throw error;
    }
  const timeout = protoTime(await keepMs(caller, true));
  await caller.call((service) =>
    service.signalWithStartWorkflowExecution({
      ...signal,
      workflowId: `${annotationsPrefix(id)}${execution}`,
      workflowType: { name: ANNOTATIONS },
      taskQueue: { name: ANNOTATIONS_QUEUE },
      workflowExecutionTimeout: timeout,
      signalInput: { payloads },
    }),
  );
}

/** Has lists find the run by all its tags and marks, and by no other. Whoever writes last has read what all others wrote before. */
export async function listByTags<Of extends AnnotatedRun>(
  caller: TemporalCaller,
  read: () => Promise<Of>,
): Promise<Of> {
  let run = await read();
  for (let written = ''; written !== textOf(run); run = await read()) {
    written = textOf(run);
    await setTags(caller, run);
  }
  return run;
}

const wordsOf = (run: AnnotatedRun): string[] => [...(run.tags ?? []), ...marksOf(run).map(markTag)];
const textOf = (run: AnnotatedRun): string => JSON.stringify(wordsOf(run));

async function setTags(caller: TemporalCaller, run: AnnotatedRun): Promise<void> {
  const { id, execution, team, state } = run;
  const words = wordsOf(run);
  const timeout = protoTime(await keepMs(caller, state === 'closed'));
  const { namespace, identity } = caller.client.options;
  await caller.call((service) =>
    service.startWorkflowExecution({
      ...{ namespace, identity, requestId: randomUUID() },
      workflowId: `${taggedPrefix(id)}${execution}`,
      workflowType: { name: TAGGED },
      taskQueue: { name: ANNOTATIONS_QUEUE },
      workflowExecutionTimeout: timeout,
      workflowIdReusePolicy: workflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy: workflowIdConflictPolicy.TERMINATE_EXISTING,
      searchAttributes: {
        indexedFields: {
          ...(team === null ? {} : { [searchAttributes.team]: attribute('Keyword', team) }),
          ...(words.length === 0 ? {} : { [searchAttributes.tags]: attribute('KeywordList', words) }),
        },
      },
    }),
  );
}

/** How long what stands beside a run is to stay open: as long as Temporal keeps a run that has closed. */
async function keepMs({ client, call }: TemporalCaller, isClosed: boolean): Promise<number> {
  if (!isClosed) return OPEN_MS;
  const { namespace } = client.options;
  const { config } = await call((service) => service.describeNamespace({ namespace }));
  return (millisecondsOfDuration(config?.workflowExecutionRetentionTtl) ?? RETENTION_MS) + HOUR_MS;
}

const attribute = (type: 'Keyword' | 'KeywordList', value: string | string[]) => {
  const { metadata, data } = defaultPayloadConverter.toPayload(value) as {
    metadata: object;
    data: Uint8Array;
  };
  return { metadata: { ...metadata, type: new TextEncoder().encode(type) }, data };
};
