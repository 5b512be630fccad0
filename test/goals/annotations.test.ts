import { expect, test } from 'vitest';
import { annotated, tagSchema, tagsOfInput } from '../../goals/wire/annotations.ts';

test('tags of an input name their path; what is missing gives none, and no character ends a text of a query', () => {
  const input = {
    customer: 'O\'Neil, "Co"',
    day: 3,
    regions: ['eu', 'us', 'eu'],
    none: null,
    long: 'x'.repeat(300),
  };
  const tags = tagsOfInput(input, ['customer', 'day', 'regions', 'none', 'absent', 'long']);
  expect(tags.slice(0, 4)).toEqual(['customer:O_Neil_ _Co_', 'day:3', 'regions:eu', 'regions:us']);
  expect(tags).toHaveLength(5);
  for (const tag of tags) expect(tagSchema.safeParse(tag).success).toBe(true);
  for (const bad of ["a'b", 'a,b', 'a"', '', ' a', 'x'.repeat(101)])
    expect(tagSchema.safeParse(bad).success).toBe(false);
});

test('annotations add and remove tags in their order, and the same note by the same person is one', () => {
  const by = { by: 'ann', at: '2026-11-20T06:00:00Z' };
  const { tags, notes } = annotated({ tags: ['a'], notes: [] }, [
    { kind: 'tag', add: ['b', 'c'], remove: ['a'], ...by },
    { kind: 'note', text: 'late', ...by },
    { kind: 'note', text: 'late', ...by, at: '2026-11-20T07:00:00Z' },
    { kind: 'note', text: 'late', ...by, by: 'ben' },
    { kind: 'tag', add: ['a'], remove: ['c'], ...by },
  ]);
  expect(tags).toEqual(['b', 'a']);
  expect(notes.map((note) => [note.by, note.at.slice(11, 13)])).toEqual([
    ['ann', '06'],
    ['ben', '06'],
  ]);
});
