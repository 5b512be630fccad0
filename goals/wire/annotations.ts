// What people add to a run while it is open or after it: tags, by which lists find it, and notes. It stands in Temporal as signals: of an
// open run in its own history, of a closed one in that of a workflow beside it.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import { valueAt } from './run-id.ts';
import { canonicalJson } from './text/canonical-json.ts';

/** Characters of a tag. */
export const TAG_LIMIT = 100;
/** Tags of one run. */
export const TAGS_LIMIT = 50;
/** Tags that a goal may take of its input. */
export const DECLARED_TAGS_LIMIT = 10;
/** Notes of one execution of a run, and characters of one. */
export const NOTES_LIMIT = 200;
export const NOTE_LIMIT = 4_000;
/** Changes of tags of one execution: each is an event in a history. */
export const TAG_CHANGES_LIMIT = 1_000;

/** None of its characters ends a text in a query of visibility, or separates the tags that a list is asked for. */
const TAG = /^[\p{L}\p{N}][\p{L}\p{N} .:=@+&/()_~-]*$/u;
const ODD = /[^\p{L}\p{N} .:=@+&/()_~-]/gu;

export const tagSchema = z
  .string()
  .max(TAG_LIMIT)
  .regex(
    TAG,
    'is not a tag: write letters, digits, spaces and any of . : = @ + & / ( ) _ ~ -, and begin with a letter or digit',
  );

const who = { by: z.string(), verified: verifiedField };

/** The signal by which a run, or the workflow beside a closed one, gets tags or a note. */
export const annotationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tag'), add: z.array(z.string()), remove: z.array(z.string()), ...who }),
  z.object({ kind: z.literal('note'), text: z.string(), ...who }),
  /** It was retracted: its outcome turned out to be wrong. */
  z.object({ kind: z.literal('retract'), retraction: z.string(), reason: z.string(), ...who }),
  /** It used what was retracted, over the runs of the path. */
  z.object({
    kind: z.literal('doubt'),
    retraction: z.string(),
    run: z.string(),
    execution: z.string(),
    path: z.array(z.string()),
    ...who,
  }),
]);
export type Annotation = z.infer<typeof annotationSchema>;

/** An annotation, at the time that Temporal took it. */
export type DatedAnnotation = Annotation & { at: string };

export const noteSchema = z.object({ at: z.string(), ...who, text: z.string() });

/** A note on a run. */
export type Note = z.infer<typeof noteSchema>;

/**
 * The tags that an input gives by these paths, such as `customer:acme`. A list gives one for each value; what is missing gives none. A
 * character that no tag has becomes `_`.
 */
export function tagsOfInput(input: unknown, paths: readonly string[]): string[] {
  const tags = paths.flatMap((path) =>
    [valueAt(input, path)]
      .flat()
      .filter((value) => value != null && value !== '')
      .map((value) => {
        const text = typeof value === 'string' ? value : canonicalJson(value);
        return [...`${path}:${text}`.replace(ODD, '_')].slice(0, TAG_LIMIT).join('').trim();
      }),
  );
  return [...new Set(tags)].slice(0, TAGS_LIMIT);
}

/** The tags and notes that annotations make, after those from before. The same text by the same person is one note. */
export function annotated(
  before: { tags: readonly string[]; notes: readonly Note[] },
  annotations: readonly DatedAnnotation[],
): { tags: string[]; notes: Note[] } {
  const tags = new Set(before.tags);
  const notes = new Map(before.notes.map((note) => [keyOf(note), note]));
  for (const one of annotations)
    if (one.kind === 'tag') {
      for (const tag of one.remove) tags.delete(tag);
      for (const tag of one.add) if (tags.size < TAGS_LIMIT) tags.add(tag);
    } else if (one.kind === 'note' && !notes.has(keyOf(one))) {
      const { kind: _, ...note } = one;
      notes.set(keyOf(note), note);
    }
  return { tags: [...tags], notes: [...notes.values()].slice(-NOTES_LIMIT) };
}

const keyOf = ({ by, text }: Pick<Note, 'by' | 'text'>): string => `${by}\n${text}`;
