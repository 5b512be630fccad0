import { expect, test } from 'vitest';
import { type PermitRequest, WAITERS_SHOWN } from '../../../goals/wire/pools.ts';
import { initialPermitsState, Permits } from '../../../workflows/pools/permits.ts';

const request = (
  id: string,
  limits: { atOnce?: number; perSecond?: number } = { atOnce: 1 },
): PermitRequest => ({
  pool: { name: 'db', atOnce: limits.atOnce ?? null, perSecond: limits.perSecond ?? null },
  ...{ id, run: `run-${id}`, execution: `x-${id}`, step: 'load#1', attempt: 1 },
  ...{ holdMs: 10_000, graceMs: 500 },
});
const permitOf = (id: string) => ({ execution: `x-${id}`, id });
const fresh = () => new Permits(initialPermitsState('db'));
const granted = (permits: Permits, now: number): string[] => permits.grant(now).map(({ id }) => id);

test('as many as the limit allows are granted, in the order in which they asked', () => {
  const permits = fresh();
  for (const id of ['a', 'b', 'c', 'd']) permits.ask(request(id, { atOnce: 2 }), 0);
  expect(granted(permits, 0)).toEqual(['a', 'b']);
  expect(granted(permits, 1)).toEqual([]);
  permits.release(permitOf('b'));
  expect(granted(permits, 2)).toEqual(['c']);
  expect(permits.memo).toMatchObject({ atOnce: 2, perSecond: null, held: 2, waiting: 1 });
});

// permits.2
test('a request that comes again changes nothing; a holder is answered again, with the permit that it has', () => {
  const permits = fresh();
  permits.ask(request('a'), 0);
  permits.ask(request('b'), 0);
  const [first] = permits.grant(0);
  permits.ask(request('b'), 1);
  permits.ask(request('a'), 5);
  expect(permits.grant(5)).toEqual([first]);
  expect(permits.memo).toMatchObject({ held: 1, waiting: 1 });
});

test('who gives up waiting is passed over', () => {
  const permits = fresh();
  for (const id of ['a', 'b', 'c']) permits.ask(request(id), 0);
  permits.grant(0);
  permits.release(permitOf('b'));
  permits.release(permitOf('a'));
  expect(granted(permits, 1)).toEqual(['c']);
});

// permits.3
test('a permit that nobody gives back expires', () => {
  const permits = fresh();
  permits.ask(request('a'), 0);
  permits.ask(request('b'), 0);
  permits.grant(0);
  expect(permits.nextDue()).toBe(10_000);
  expect(granted(permits, 9_999)).toEqual([]);
  expect(granted(permits, 10_000)).toEqual(['b']);
  expect(permits.nextDue()).toBeNull();
});

test('what an ended run holds comes free after its grace, and it waits no more', () => {
  const permits = fresh();
  for (const id of ['a', 'b', 'c']) permits.ask(request(id), 0);
  permits.grant(0);
  permits.ended(['x-a', 'x-b'], 1000);
  permits.ended(['x-a'], 1400);
  expect(granted(permits, 1499)).toEqual([]);
  expect(granted(permits, 1500)).toEqual(['c']);
});

test('what a run was granted that cannot be told of it goes to the next', () => {
  const permits = fresh();
  for (const id of ['a', 'b']) permits.ask(request(id), 0);
  const [unheard] = permits.grant(0);
  permits.unreachable(unheard as never);
  expect(granted(permits, 1)).toEqual(['b']);
});

// permits.1
test.each([1, 3, 7, 250])('no second has more than %i, whenever the semaphore wakes', (perSecond) => {
  const permits = fresh();
  const times: number[] = [];
  for (let i = 0; i < 3 * perSecond; i++) permits.ask(request(`r${i}`, { perSecond }), 0);
  for (let now = 0; times.length < 3 * perSecond; ) {
    for (const _ of permits.grant(now)) times.push(now);
    // Now and then its timer is late.
    now = Math.max(now + 1, Math.ceil(permits.nextDue() ?? 0)) + (times.length % 5 === 0 ? 700 : 0);
    expect(now).toBeLessThan(60_000);
  }
  for (const from of times)
    expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(perSecond);
});

test('permits come evenly, and time in which nobody waited is no credit', () => {
  const permits = fresh();
  permits.ask(request('a', { perSecond: 4 }), 50_000);
  permits.ask(request('b', { perSecond: 4 }), 50_000);
  expect(granted(permits, 50_000)).toEqual(['a']);
  expect(permits.nextDue()).toBe(50_250);
  expect(granted(permits, 50_250)).toEqual(['b']);
});

test('who waits is named from the longest on, with the time since when, and is bounded', () => {
  const permits = fresh();
  for (let i = 0; i < 40; i++) permits.ask(request(`r${i}`), 1000 * i);
  permits.grant(0);
  permits.ask(request('r2'), 90_000);
  const { waiters = [], waiting } = permits.memo;
  expect([waiting, waiters.length]).toEqual([39, WAITERS_SHOWN]);
  expect(waiters.slice(0, 2)).toEqual([
    { run: 'run-r1', execution: 'x-r1', step: 'load#1', attempt: 1, since: '1970-01-01T00:00:01.000Z' },
    { run: 'run-r2', execution: 'x-r2', step: 'load#1', attempt: 1, since: '1970-01-01T00:00:02.000Z' },
  ]);
  // Of one that asked a semaphore of an older worker it is not known.
  const older = { ...permits.state.waiting[0], since: undefined };
  const goingOn = new Permits({ ...permits.state, waiting: [older as never] });
  expect(goingOn.memo.waiters).toMatchObject([{ run: 'run-r1', since: null }]);
});

test('a rate alone keeps nobody in mind', () => {
  const permits = fresh();
  permits.ask(request('a', { perSecond: 9 }), 0);
  expect(granted(permits, 0)).toEqual(['a']);
  expect(permits.memo).toMatchObject({ held: 0, holders: [] });
});

test('the limits of the newest request hold', () => {
  const permits = fresh();
  for (const id of ['a', 'b', 'c']) permits.ask(request(id, { atOnce: 1 }), 0);
  expect(granted(permits, 0)).toEqual(['a']);
  permits.ask(request('d', { atOnce: 3 }), 1);
  expect(granted(permits, 1)).toEqual(['b', 'c']);
  permits.ask(request('e', { atOnce: 1 }), 2);
  permits.release(permitOf('a'));
  expect(granted(permits, 2)).toEqual([]);
});

test('what waits is bounded: who comes later asks again', () => {
  const permits = fresh();
  for (let i = 0; i < 1500; i++) permits.ask(request(`r${i}`), 0);
  expect(permits.memo.waiting).toBe(1000);
  permits.grant(0);
  permits.ask(request('r1400'), 1);
  expect(permits.memo.waiting).toBe(1000);
});
