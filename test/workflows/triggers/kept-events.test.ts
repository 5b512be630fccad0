// The rules of a mailbox, without a server.

import { expect, test } from 'vitest';
import { emptyMailbox, type Mail, type Waiter } from '../../../goals/wire/waits.ts';
import { KeptEvents } from '../../../workflows/triggers/kept-events.ts';

const KEEP = { events: 3, forMs: 1000 };

const mail = (id: string, more: object = {}): Mail => ({
  digest: id.padEnd(32, '.'),
  event: { id, source: '/s', type: 't', ...more },
  keep: KEEP,
});

const waiter = (run: string, more: Partial<Waiter> = {}): Waiter => ({
  ...{ run, execution: `${run}-1`, after: 0, again: null },
  ...more,
});

const told = (kept: KeptEvents) =>
  kept.takeTold().map(({ waiter: { execution }, came: { event, dropped } }) => ({
    execution,
    id: event?.id ?? null,
    dropped,
  }));

// kept-events.1
test('an event that comes twice counts once, also after it was taken', () => {
  const kept = new KeptEvents(emptyMailbox(KEEP));
  kept.offer(mail('a'), 1);
  kept.wait(waiter('r'));
  kept.offer(mail('a'), 2);
  expect(told(kept)).toEqual([{ execution: 'r-1', id: 'a', dropped: 0 }]);
  kept.wait(waiter('r', { after: kept.state.last }));
  kept.offer(mail('a'), 3);
  expect(told(kept)).toEqual([]);
});

// kept-events.2
test('each run gets each event once, in order, however often it asks', () => {
  const kept = new KeptEvents(emptyMailbox(KEEP));
  kept.wait(waiter('r'));
  kept.wait(waiter('r'));
  kept.wait(waiter('s'));
  for (const [i, id] of ['a', 'b'].entries()) kept.offer(mail(id), i + 1);
  expect(told(kept)).toEqual([
    { execution: 'r-1', id: 'a', dropped: 0 },
    { execution: 's-1', id: 'a', dropped: 0 },
  ]);
  const [first] = kept.state.events;
  kept.wait(waiter('r', { after: first?.n ?? 0 }));
  // Asked again, as its answer may have been lost, it is told the same.
  kept.wait(waiter('s'));
  expect(told(kept)).toMatchObject([
    { execution: 'r-1', id: 'b' },
    { execution: 's-1', id: 'a' },
  ]);
});

// kept-events.2
test('a later execution gets none that an earlier one took, but of one that it goes on from', () => {
  const kept = new KeptEvents(emptyMailbox(KEEP));
  kept.offer(mail('a'), 1);
  kept.wait(waiter('r'));
  kept.wait(waiter('r', { execution: 'r-2' }));
  expect(told(kept)).toHaveLength(1);
  kept.leave('r-2');
  kept.wait(waiter('r', { execution: 'r-3', again: 'r-1' }));
  expect(told(kept)).toMatchObject([{ execution: 'r-3', id: 'a' }]);
});

test('what a run was told that is gone is for who waits next', () => {
  const kept = new KeptEvents(emptyMailbox(KEEP));
  kept.offer(mail('a'), 1);
  kept.wait(waiter('r'));
  kept.wait(waiter('r', { execution: 'r-2' }));
  const [lost] = kept.takeTold();
  if (lost === undefined) throw new Error('nobody was told');
  kept.unreachable(lost);
  expect(told(kept)).toMatchObject([{ execution: 'r-2', id: 'a' }]);
});

// kept-events.3
test('what is too much or too old is dropped, first what was taken, and the rest is counted', () => {
  const kept = new KeptEvents(emptyMailbox(KEEP));
  kept.offer(mail('a'), 1);
  kept.wait(waiter('r'));
  for (const [i, id] of ['b', 'c', 'd'].entries()) kept.offer(mail(id), i + 2);
  expect(kept.state).toMatchObject({ dropped: 0, events: [{ event: { id: 'b' } }, {}, {}] });
  kept.offer(mail('e'), 9);
  expect(kept.state).toMatchObject({ dropped: 1, events: [{ event: { id: 'c' } }, {}, {}] });
  kept.takeTold();
  kept.wait(waiter('s'));
  expect(told(kept)).toMatchObject([{ id: 'c', dropped: 1 }, { id: null }].slice(0, 1));
  expect(kept.nextDue).toBe(1003);
  kept.expire(1003);
  expect(kept.state.events.map(({ event }) => event.id)).toEqual(['d', 'e']);
  expect(kept.state.dropped).toBe(1);
  kept.expire(1009);
  expect(kept.state).toMatchObject({ dropped: 3, events: [] });
  expect(kept.isIdle).toBe(false);
  kept.expire(2009);
  expect(kept.isIdle).toBe(true);
});

test('numbers go on where a mailbox ended and another began', () => {
  const before = new KeptEvents(emptyMailbox(KEEP));
  before.offer(mail('a'), 500);
  const after = new KeptEvents(emptyMailbox(KEEP));
  after.offer(mail('b'), 2000);
  expect(after.state.last).toBeGreaterThan(before.state.last);
});

test('events of more bytes than one history carries are dropped, but never the last', () => {
  const kept = new KeptEvents(emptyMailbox({ events: 1000, forMs: 1000 }));
  const large = { data: 'x'.repeat(300 * 1024) };
  for (const id of ['a', 'b', 'c'])
    kept.offer({ ...mail(id, large), keep: { events: 1000, forMs: 1000 } }, 1);
  expect(kept.state).toMatchObject({ dropped: 2, events: [{ event: { id: 'c' } }] });
});
