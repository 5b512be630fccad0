// What a retraction does while Temporal's list lags and runs are open, with stand-ins for its activities, which tell when what is listed.

import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals, NO_GOALS } from '../../../activities/bundle.ts';
import { activityNames, LOOK_AGAIN, memoNames, RETRACTION, retractionId } from '../../../goals/wire/names.ts';
import type { ExecutionOfRun, RecoveredEnd } from '../../../goals/wire/recovery.ts';
import {
  DOUBTS_LIMIT,
  type Doubt,
  type FoundUser,
  type FoundUsers,
  type MarkRuns,
  type NotifyOwners,
  type RetractionMemo,
  type RetractionStart,
  type SoughtUsers,
} from '../../../goals/wire/retraction.ts';
import { sha256 } from '../../../goals/wire/text/sha256.ts';
import { bundled } from '../../bundled.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';

const WAIT = { timeout: 120_000, interval: 100 };

/** What a retraction of one run finds, by its ID. */
interface Listed {
  users(asked: SoughtUsers, look: number): FoundUsers;
  end?: (run: ExecutionOfRun) => RecoveredEnd['outcome'];
  tell?: (attempt: number) => void;
}
const listed = new Map<string, Listed>();
const looks = new Map<string, number>();
const tellings = new Map<string, number>();
const marked = new Map<string, string[]>();

const later = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ message, nextRetryDelay: '100ms' });
const caseOf = (run: string): string => run.split(':')[1] as string;

const activities = {
  [activityNames.findUsers]: async (asked: SoughtUsers): Promise<FoundUsers> => {
    const id = caseOf(asked.used[0]?.run ?? '');
    const look = (looks.get(id) ?? 0) + (asked.next === null ? 1 : 0);
    looks.set(id, look);
    return (listed.get(id) as Listed).users(asked, look);
  },
  [activityNames.markRuns]: async ({ terms, doubts }: MarkRuns): Promise<void> => {
    const id = caseOf(terms.run);
    const these = doubts === null ? [terms.run] : doubts.map(({ run }) => run);
    marked.set(id, [...(marked.get(id) ?? []), ...these]);
  },
  [activityNames.notifyOwners]: async ({ terms }: NotifyOwners): Promise<void> => {
    const id = caseOf(terms.run);
    tellings.set(id, (tellings.get(id) ?? 0) + 1);
    listed.get(id)?.tell?.(tellings.get(id) ?? 0);
  },
  [activityNames.recoveredRun]: async (run: ExecutionOfRun): Promise<RecoveredEnd> => {
    const outcome = listed.get(caseOf(run.run))?.end?.(run) ?? 'achieved';
    return { outcome, code: '', message: '', fingerprint: null };
  },
};

let bench: Workbench;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  bench = await Workbench.open();
  connection = await NativeConnection.connect({ address: temporalAddress });
  await bundled(NO_GOALS);
  const workflowBundle = await bundleGoals(NO_GOALS);
  worker = await Worker.create({ connection, taskQueue: bench.taskQueue, workflowBundle, activities });
  running = worker.run();
}, 240_000);
afterAll(async () => {
  worker?.shutdown();
  await running;
  await connection?.close();
  await bench?.close();
});

const rootOf = (id: string) => ({ run: `control:${id}`, execution: `control-${id}` });
const userOf = (id: string, name = 'sales', state: Doubt['state'] = 'achieved'): FoundUser => ({
  ...{ run: `${name}:${id}`, execution: `${name}-${id}`, goal: name, team: 'finance', owner: 'ada', state },
  ...{ through: 'achieve', of: rootOf(id), path: [rootOf(id).run, `${name}:${id}`] },
});
const isRoot = ({ used }: SoughtUsers): boolean => used.some(({ run }) => run.startsWith('control:'));
const found = (users: FoundUser[], open: ExecutionOfRun[] = []): FoundUsers => ({ users, open, next: null });

async function retract(id: string, more: Partial<RetractionStart> = {}) {
  const terms = { ...rootOf(id), goal: 'control', team: 'finance', owner: 'bob', by: 'ada', reason: 'wrong' };
  const start = { terms: { ...terms, at: new Date().toISOString() }, alerts: 'none', ...more };
  const workflowId = retractionId(sha256(`${id}${JSON.stringify(more)}`).slice(0, 24));
  const handle = await bench.client.workflow.start(RETRACTION, {
    ...{ workflowId, taskQueue: bench.taskQueue, args: [start] },
  });
  const shown = async () => (await handle.describe()).memo?.[memoNames.retraction] as RetractionMemo;
  return { handle, shown };
}

// retraction.4
test('a run that the list has only at the second look is marked, and it is over only once two looks agree', async () => {
  const id = fresh('lag');
  listed.set(id, { users: (asked, look) => found(isRoot(asked) && look > 1 ? [userOf(id)] : []) });
  const { handle } = await retract(id);
  expect(await handle.result()).toMatchObject({ doubts: 1, open: 0, watched: 0 });
  expect(marked.get(id)).toEqual([`control:${id}`, `sales:${id}`]);
  // Of the run itself three times, the last two of which agree; and of what used it twice.
  expect(looks.get(id)).toBeGreaterThanOrEqual(4);
}, 180_000);

// retraction.4
test('a run that was open, and used it after the look, is marked when it has closed', async () => {
  const id = fresh('open');
  let isOpen = true;
  const candidate = { run: `sales:${id}`, execution: `sales-${id}` };
  listed.set(id, {
    users: (asked) => found(isRoot(asked) && !isOpen ? [userOf(id)] : [], isOpen ? [candidate] : []),
    end: () => {
      if (isOpen) throw later('it is open');
      return 'achieved';
    },
  });
  const { handle, shown } = await retract(id);
  await expect.poll(shown, WAIT).toMatchObject({ doubts: 0, watched: 1 });
  expect((await handle.describe()).status.name).toBe('RUNNING');
  isOpen = false;
  expect(await handle.result()).toMatchObject({ doubts: 1, watched: 0 });
  expect(marked.get(id)).toEqual([`control:${id}`, `sales:${id}`]);
}, 180_000);

test('retracted once more while it waits for what is open, it looks again at once', async () => {
  const id = fresh('asked');
  let [isOpen, isListed] = [true, false];
  const candidate = { run: `other:${id}`, execution: `other-${id}` };
  listed.set(id, {
    users: (asked) => found(isRoot(asked) && isListed ? [userOf(id)] : [], isOpen ? [candidate] : []),
    end: () => {
      if (isOpen) throw later('it is open');
      return 'failed';
    },
  });
  const { handle, shown } = await retract(id);
  await expect.poll(shown, WAIT).toMatchObject({ watched: 1 });
  isListed = true;
  await handle.signal(LOOK_AGAIN);
  await expect.poll(shown, WAIT).toMatchObject({ doubts: 1, watched: 1 });
  isOpen = false;
  expect(await handle.result()).toMatchObject({ doubts: 1 });
}, 180_000);

test('owners are told beside the marking, as often as it takes', async () => {
  const id = fresh('told');
  let isDown = true;
  listed.set(id, {
    users: (asked) => found(isRoot(asked) ? [userOf(id)] : [userOf(id, 'report')]),
    tell: () => {
      if (isDown) throw later('the alerts are not there');
    },
  });
  const { handle, shown } = await retract(id);
  await expect.poll(() => tellings.get(id) ?? 0, WAIT).toBeGreaterThan(6);
  await expect.poll(shown, WAIT).toMatchObject({ doubts: 2, owners: 0 });
  isDown = false;
  expect(await handle.result()).toMatchObject({ doubts: 2, owners: 1 });
  const before = tellings.get(id);
  expect(before).toBeGreaterThan(6);
}, 180_000);

test('beyond its limit it says so; retracted once more, it passes through what was recovered and marks the others', async () => {
  const id = fresh('many');
  const users = Array.from({ length: DOUBTS_LIMIT + 30 }, (_, n) => userOf(id, `sales${n}`));
  let recovered = 0;
  listed.set(id, {
    users(asked) {
      if (!isRoot(asked)) return found([]);
      const from = Number(asked.next ?? 0);
      const page = users
        .slice(from, from + 100)
        .map((user, n) => (from + n < recovered ? { ...user, before: 'superseded' as const } : user));
      return { users: page, open: [], next: from + 100 < users.length ? String(from + 100) : null };
    },
  });
  const { handle } = await retract(id);
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'retraction_incomplete' } });
  expect(new Set(marked.get(id)).size).toBe(DOUBTS_LIMIT + 1);
  recovered = DOUBTS_LIMIT;
  const again = await retract(id, { isAgain: true });
  expect(await again.handle.result()).toMatchObject({ doubts: 30, truncated: false });
  expect(new Set(marked.get(id)).size).toBe(users.length + 1);
}, 300_000);
