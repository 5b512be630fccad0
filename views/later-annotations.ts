// What a closed run got later, and how many tags it can get.

import type { temporal } from '@temporalio/proto';
import { type Annotation, TAG_CHANGES_LIMIT, TAGS_LIMIT } from '../goals/wire/annotations.ts';
import { annotationIn, withAnnotations } from './annotations.ts';
import { tagActions } from './operator-actions.ts';
import type { RunStory } from './run-view.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** The story of a closed run with what the history of the workflow beside it has. */
export function withLaterEvents<Of extends AnnotatedStory>(story: Of, events: readonly Event[]): Of {
  if (events.length === 0) return story;
  const annotations = events.flatMap((event) => annotationIn(event) ?? []);
  const acts = events.flatMap((event) => tagActions(event) ?? []);
  return { ...story, run: withAnnotations(story.run, annotations), actions: [...story.actions, ...acts] };
}

type AnnotatedStory = Pick<RunStory, 'run' | 'actions'>;

/** The bound that a change of its tags would exceed; null where it exceeds none. */
export function tagsBeyond(
  { tags, actions }: { tags: readonly string[]; actions: RunStory['actions'] },
  { add, remove }: Pick<Extract<Annotation, { kind: 'tag' }>, 'add' | 'remove'>,
): { most: number; what: string } | null {
  const left = new Set([...tags.filter((tag) => !remove.includes(tag)), ...add]);
  if (left.size > TAGS_LIMIT) return { most: TAGS_LIMIT, what: 'tags' };
  const changed = actions.filter(({ kind }) => kind === 'tag' || kind === 'untag').length;
  return changed + add.length + remove.length > TAG_CHANGES_LIMIT
    ? { most: TAG_CHANGES_LIMIT, what: 'changes of its tags' }
    : null;
}
