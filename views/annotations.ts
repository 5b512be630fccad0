// Tags and notes that a run got after its start, as the signals of a history have them: the run's own, or that of the workflow beside it.

import type { temporal } from '@temporalio/proto';
import { annotated, annotationSchema, type DatedAnnotation } from '../goals/wire/annotations.ts';
import { searchAttributes, signalNames } from '../goals/wire/names.ts';
import type { Run } from '../goals/wire/run-view.ts';
import { at } from './event-time.ts';
import { firstValue, value } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Started = temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;

/** The annotation that an event is; null for any other event. */
export function annotationIn(event: Event): DatedAnnotation | null {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal?.signalName !== signalNames.annotate) return null;
  const annotation = annotationSchema.safeParse(firstValue(signal.input)).data;
  return annotation === undefined ? null : { ...annotation, at: at(event) };
}

/** What a run shows of them: nothing where there are none. */
export function withAnnotations<Of extends Pick<Run, 'tags' | 'notes' | 'retracted' | 'inDoubt'>>(
  run: Of,
  annotations: readonly DatedAnnotation[],
): Of {
  const { tags: before = [], notes: written = [], retracted: first, inDoubt: earlier = [], ...rest } = run;
  const { tags, notes } = annotated({ tags: before, notes: written }, annotations);
  let retracted = first;
  const inDoubt = new Map(earlier.map((doubt) => [doubt.retraction, doubt]));
  for (const one of annotations) {
    if (one.kind === 'retract' && retracted === undefined) retracted = without(one);
    if (one.kind === 'doubt' && !inDoubt.has(one.retraction)) inDoubt.set(one.retraction, without(one));
  }
  return {
    ...(rest as Of),
    ...(tags.length === 0 ? {} : { tags }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(retracted === undefined ? {} : { retracted }),
    ...(inDoubt.size === 0 ? {} : { inDoubt: [...inDoubt.values()] }),
  };
}

const without = <Of extends { kind: string }>({ kind: _, ...rest }: Of): Omit<Of, 'kind'> => rest;

/** The tags that a run was started with. */
export function tagsOfStart(attributes: Started): string[] {
  const told = value(attributes.searchAttributes?.indexedFields?.[searchAttributes.tags]);
  return [told].flat().filter((tag): tag is string => typeof tag === 'string');
}
