// Tags and notes of runs. An open run has them as signals in its own history. A closed one has them in the history of a workflow that
// nobody works on, begun with the first of them, so that no worker need be up for either.
//
// annotations.1. A change that was answered with success is in a history, and a request that is sent again changes nothing.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Note } from '../../goals/wire/annotations.ts';
import {
  type Annotation,
  annotated,
  type DatedAnnotation,
  NOTES_LIMIT,
} from '../../goals/wire/annotations.ts';
import { annotationsPrefix } from '../../goals/wire/names.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { keepAnnotation, listByTags } from '../../process/keep-annotation.ts';
import { withAnnotations } from '../../views/annotations.ts';
import { tagsBeyond, withLaterEvents } from '../../views/later-annotations.ts';
import type { RunStory } from '../../views/run-view.ts';
import { Problem } from '../http/problems.ts';
import { isInvalidArgument, isNotFound, type Temporal } from '../temporal/temporal.ts';
import type { Runs } from './runs.ts';
import { historyOf } from './stories.ts';

/** Executions before this one whose notes are shown with it. */
const EARLIER_LIMIT = 5;

/** What people add. */
type Added = Extract<Annotation, { kind: 'tag' | 'note' }>;

export interface AnnotationDeps {
  temporal: Temporal;
  runs: Runs;
}

/** The story with what the run got after it closed, and the notes of the executions that it goes on from. */
export async function annotatedStory(deps: AnnotationDeps, story: RunStory): Promise<RunStory> {
  const own = await withLater(deps.temporal, story);
  if (own.run.resumes === null) return own;
  const before = await notesBefore(deps, own.run);
  return { ...own, run: withAnnotations({ ...own.run, notes: before }, asAnnotations(own.run.notes)) };
}

const asAnnotations = (notes: readonly Note[] = []): DatedAnnotation[] =>
  notes.map((note) => ({ kind: 'note' as const, ...note }));

async function withLater(temporal: Temporal, story: RunStory): Promise<RunStory> {
  if (story.run.state !== 'closed') return story;
  return withLaterEvents(story, await laterEvents(temporal, story.run));
}

/** The history of the workflow beside a closed execution; empty where there is none. */
async function laterEvents(temporal: Temporal, { id, execution }: Pick<Run, 'id' | 'execution'>) {
  try {
    return await historyOf(temporal, `${annotationsPrefix(id)}${execution}`, '');
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function notesBefore({ temporal, runs }: AnnotationDeps, { id, resumes }: Run): Promise<Note[]> {
  let notes: Note[] = [];
  let from = resumes?.execution;
  for (let i = 0; from !== undefined && i < EARLIER_LIMIT; i++) {
    const execution: string = from;
    try {
      const { run } = await withLater(temporal, await runs.story(await runs.describe(id, execution)));
      notes = [...(run.notes ?? []), ...notes];
      from = run.resumes?.execution;
    } catch (error) {
      // Its retention has ended.
      if (!isNotFound(error) && !isGone(error)) throw error;
      from = undefined;
    }
  }
  return notes;
}

const isGone = (error: unknown): boolean => error instanceof Error && error.name === 'WorkflowNotFoundError';

/** Gives the execution that was found tags or a note, and returns its run with them. A `Problem` where it has as many as it can. */
export async function annotate(
  deps: AnnotationDeps,
  found: WorkflowExecutionDescription,
  annotation: Added,
): Promise<Run> {
  const { temporal, runs } = deps;
  const unable = temporal.sealing.mayNotWrite();
  if (unable !== null) throw unable;
  const before = await withLater(temporal, await runs.story(found));
  if (!changes(before.run, annotation)) return shownAfter(deps, before);
  refuseFull(before, annotation);
  await keepAnnotation(temporal, before.run, annotation);
  let story = before;
  const after = async (): Promise<Run> => {
    story = await withLater(temporal, await runs.story(await runs.find(found.workflowId, found.runId)));
    return story.run;
  };
  await (annotation.kind === 'tag' ? listedByTags(temporal, after) : after());
  return shownAfter(deps, story);
}

async function listedByTags(temporal: Temporal, read: () => Promise<Run>): Promise<void> {
  try {
    await listByTags(temporal, read);
  } catch (error) {
    if (!isInvalidArgument(error)) throw error;
    throw new Problem(
      'temporal_unavailable',
      'The run has the tags, and no list finds it by them: no worker of this release has started yet. Ask again then.',
      { headers: { 'retry-after': '10' } },
    );
  }
}

const shownAfter = async (deps: AnnotationDeps, story: RunStory): Promise<Run> =>
  (await annotatedStory(deps, story)).run;

/** annotations.1: tags that are there already are set once more, in case the list of them was not reached before. */
function changes({ tags = [], notes = [] }: Run, annotation: Added): boolean {
  if (annotation.kind === 'tag') return true;
  const after = annotated({ tags, notes }, [{ ...annotation, at: '' }]);
  return after.notes.length > notes.length || notes.length >= NOTES_LIMIT;
}

function refuseFull({ run, actions }: RunStory, annotation: Added): void {
  const { tags = [], notes = [] } = run;
  const full = (most: number, what: string): Problem =>
    new Problem('annotations_full', `${run.id} has ${most} ${what}, and can have no more.`);
  if (annotation.kind === 'note') {
    if (notes.length >= NOTES_LIMIT) throw full(NOTES_LIMIT, 'notes');
    return;
  }
  const beyond = tagsBeyond({ tags, actions }, annotation);
  if (beyond !== null) throw full(beyond.most, beyond.what);
}
