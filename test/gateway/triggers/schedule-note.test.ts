import { expect, test } from 'vitest';
import { noteOf, readNote } from '../../../gateway/triggers/schedule-note.ts';

const at = '2026-11-28T09:00:00.000Z';

test.each([
  { by: 'ada', at, reason: 'the source is wrong' },
  { by: 'ada', verified: true as const, at, reason: 'it: is [late]\nagain' },
])('a note says who, when and why, and whether that was verified: %j', (steered) => {
  const read = readNote(noteOf('pause', steered));
  expect(read).toEqual({ note: `paused by ada: ${steered.reason}`, steered });
});

test('a note that no gateway of today wrote is a text', () => {
  expect(readNote('paused by ada: the source is wrong')).toEqual({
    note: 'paused by ada: the source is wrong',
  });
  expect(readNote('')).toEqual({ note: null });
  expect(readNote(undefined)).toEqual({ note: null });
});
