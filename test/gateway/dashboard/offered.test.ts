// Each action that has a form, as people of two teams see it: a page offers what its reader may do and nothing else, and whoever sends
// the form all the same is refused.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { actionRows } from '../../../gateway/dashboard/actions/actions.ts';
import { retractRow } from '../../../gateway/dashboard/actions/retraction-actions.tsx';
import { DEFAULT_ALERT_SETTINGS } from '../../../goals/wire/alerts.ts';
import type { BulkActTerms } from '../../../goals/wire/bulk-act.ts';
import {
  BACKFILL,
  BULK_ACT,
  backfillIdPrefix,
  bulkActId,
  memoNames,
  RECOVERY,
  recoveryId,
  scheduleId,
  searchAttributes,
} from '../../../goals/wire/names.ts';
import type { RecoveryTerms } from '../../../goals/wire/recovery.ts';
import { fresh, Workbench } from '../../engine/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { accessBench } from '../access/workbench.ts';
import { answered, gatewayAt, unique } from '../workbench.ts';
import goals, { daysOf, goalOf, type OfferedTeam, quietGoalOf, teams } from './offered/goals.ts';
import { jobs } from './offered/jobs.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** A slow machine is not a fault. */
const soon = { timeout: 60_000, interval: 200 };
const [OURS, THEIRS] = teams;
const SECRET = 'what the proxy knows';

const files = accessBench({
  proxy: {
    peers: ['127.0.0.1', '::1'],
    identity: { sha256: createHash('sha256').update(SECRET).digest('hex') },
  },
  grants: [
    { group: 'root', roles: ['admin'], teams: ['*'] },
    { group: 'acts', roles: ['operator', 'approver'], teams: [...teams] },
    { group: 'acts-for-ours', roles: ['operator', 'approver'], teams: [OURS] },
    { group: 'looks', roles: ['viewer'], teams: [...teams] },
    { group: 'looks-at-all', roles: ['viewer'], teams: ['*'] },
  ],
});
const person = (name: string, ...groups: string[]): Record<string, string> => ({
  ...{ 'x-forwarded-user': name, 'x-goalkeeper-proxy': SECRET },
  'x-forwarded-groups': groups.join(','),
});
const root = person('root', 'root');
/** Acts for both teams. */
const bob = person('bob', 'acts');
/** Acts for one of them, and may look at the other. */
const olga = person('olga', 'acts-for-ours', 'looks');
/** The same, who may look at everybody's. */
const otto = person('otto', 'acts-for-ours', 'looks-at-all');
const vic = person('vic', 'looks');

/** What a team has, each thing as the API names it in a path. */
interface Things {
  team: OfferedTeam;
  goal: string;
  /** Paused and muted. */
  quiet: string;
  failed: string;
  reached: string;
  waiting: string;
  lease: string;
  alert: string;
  fingerprint: string;
  schedule: string;
  quietSchedule: string;
  backfill: string;
  bulkAct: string;
  recovery: string;
  retraction: string;
}

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const things = new Map<OfferedTeam, Things>();
const of = (team: OfferedTeam): Things => things.get(team) as Things;

beforeAll(async () => {
  bench = await Workbench.open();
  const alertsId = unique('alerts');
  const settings = { ...DEFAULT_ALERT_SETTINGS, gatherMs: 100, cooldownMs: 100 };
  await bench.worker(join(folder, 'offered/goals.ts'), goals, jobs, undefined, { id: alertsId, settings });
  gateway = await gatewayAt(temporalAddress, 'default', undefined, alertsId, [], {
    access: await files.watch(),
  });
  for (const team of teams) things.set(team, await thingsOf(team));
}, 300_000);
afterAll(async () => {
  await gateway?.stop();
  for (const { backfill, bulkAct, recovery } of things.values())
    for (const id of [backfill, bulkAct, recovery])
      await bench.client.workflow.getHandle(decodeURIComponent(id)).terminate();
  await bench?.close();
  files.remove();
});

const get = async (path: string) => (await answered(() => gateway.get(path, root))).body;
const post = async (path: string, body: object) => {
  const { status, body: answer } = await answered(() => gateway.post(path, body, root));
  expect([path, answer?.code ?? '', Math.floor(status / 100)]).toEqual([path, '', 2]);
  return answer;
};

/** What a list has of a kind, once it is there. */
async function listed<Item>(path: string, isMeant: (item: Item) => boolean): Promise<Item> {
  return vi.waitFor(async () => {
    const found: Item | undefined = (await get(path)).items?.find(isMeant);
    if (found === undefined) throw new Error(`${path} does not have it`);
    return found;
  }, soon);
}

async function thingsOf(team: OfferedTeam): Promise<Things> {
  const [goal, quiet] = [goalOf(team), quietGoalOf(team)];
  const begun = async (how: string): Promise<string> =>
    (await post(`/goals/${goal}/runs`, { input: { key: fresh('k'), how } })).id;
  const [failed, reached, waiting] = [await begun('fail'), await begun('reach'), await begun('wait')];
  const becomes = (id: string, what: object) =>
    vi.waitFor(async () => expect(await get(`/runs/${id}`)).toMatchObject(what), soon);
  await becomes(failed, { outcome: 'failed' });
  await becomes(reached, { outcome: 'achieved' });
  await becomes(waiting, { waiting: [{ name: 'release' }] });
  await post(`/goals/${quiet}/pause`, { reason: 'holidays' });
  await post(`/goals/${quiet}/mute`, { for: '8h' });
  const quietSchedule = scheduleId(quiet, 'main');
  await post(`/schedules/${encodeURIComponent(quietSchedule)}/pause`, { reason: 'holidays' });
  const lease = await listed<{ id: string; state: string }>(
    `/leases?goal=${goal}`,
    ({ state }) => state === 'stuck',
  );
  const alert = await listed<{ id: string; kind: string; fingerprint: string }>(
    `/alerts?goal=${goal}`,
    ({ kind }) => kind === 'failed',
  );
  const retraction = await post(`/runs/${reached}/retract`, { reason: 'the feed was wrong' });
  const at = (id: string): string => encodeURIComponent(id);
  return {
    ...{ team, goal, quiet, failed: at(failed), reached: at(reached), waiting: at(waiting) },
    ...{ lease: at(lease.id), alert: at(alert.id), fingerprint: alert.fingerprint },
    ...{ schedule: at(scheduleId(goal, 'main')), quietSchedule: at(quietSchedule) },
    ...{ retraction: at(retraction.id), ...(await underWay(team, goal, alert.fingerprint)) },
  };
}

/** What goes on by itself, with nobody who works on it: it stays under way. */
async function underWay(team: OfferedTeam, goal: string, fingerprint: string) {
  const digest = createHash('sha256').update(fresh(team)).digest('hex').slice(0, 24);
  const nobody = { taskQueue: unique('nobody-polls'), args: [{}] };
  const owned = { searchAttributes: { [searchAttributes.team]: [team] } };
  const [backfill, bulkAct, recovery] = [
    `${backfillIdPrefix(goal)}${digest}`,
    bulkActId(digest),
    recoveryId(digest),
  ];
  const { workflow } = bench.client;
  const asked = { atOnce: 1, by: 'root', reason: null };
  await workflow.start(BACKFILL, {
    ...{ workflowId: backfill, ...nobody },
    memo: {
      [memoNames.backfillTerms]: {
        ...{ ...asked, goal, schedule: null, stepMs: 86_400_000, input: {}, dryRun: false },
        ...{ from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' },
      },
    },
  });
  const acts: BulkActTerms = { ...asked, act: 'cancel', filter: { goal }, team, total: 1 };
  await workflow.start(BULK_ACT, {
    ...{ workflowId: bulkAct, ...nobody, ...owned, memo: { [memoNames.bulkActTerms]: acts } },
  });
  const recovers: RecoveryTerms = {
    ...{ ...asked, of: { kind: 'trouble', fingerprint }, team, total: 1, trial: 1 },
  };
  await workflow.start(RECOVERY, {
    ...{ workflowId: recovery, ...nobody, ...owned, memo: { [memoNames.recoveryTerms]: recovers } },
  });
  const [b, a, r] = [backfill, bulkAct, recovery].map(encodeURIComponent);
  return { backfill: b ?? '', bulkAct: a ?? '', recovery: r ?? '' };
}

interface Offer {
  /** The page that offers it, and of a list what of it shows that the thing is there. */
  page: (of: Things) => string;
  shows?: (of: Things) => string;
  /** Where its form is. */
  form: (of: Things) => string;
  sends?: (of: Things) => Record<string, string>;
  /** It takes up what is the reader's, whosever page it stands on. */
  takesOwn?: true;
}

const why = { reason: 'it must be so' };
const ofRun = (which: 'failed' | 'waiting', verb: string): Offer => ({
  page: (its) => `/runs/${its[which]}`,
  form: (its) => `/runs/${its[which]}/${verb}`,
});
const ofGoal = (which: 'goal' | 'quiet', verb: string, fields: Record<string, string> = {}): Offer => ({
  page: (its) => `/goals/${its[which]}`,
  form: (its) => `/goals/${its[which]}/${verb}`,
  sends: () => fields,
});
const backfilling: Pick<Offer, 'form' | 'sends'> = {
  form: ({ goal }) => `/backfills/new?goal=${goal}`,
  sends: ({ goal }) => ({ goal, schedule: 'main', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }),
};

const OFFERS: Readonly<Record<string, Offer>> = {
  'resume a run': ofRun('failed', 'resume'),
  'accept a run': ofRun('failed', 'accept'),
  'cancel a run': ofRun('waiting', 'cancel'),
  'decide what a run asks': {
    ...ofRun('waiting', `approvals/${encodeURIComponent('release#1')}`),
    sends: () => ({ decision: 'approve' }),
  },
  'pursue a goal': ofGoal('goal', 'runs/new', { 'input.key': 'k', 'input.how': 'fail' }),
  'pause a goal': ofGoal('goal', 'pause'),
  'unpause a goal': ofGoal('quiet', 'unpause'),
  'mute a goal': ofGoal('goal', 'mute', { for: '1h' }),
  'unmute a goal': {
    ...ofGoal('quiet', 'unmute'),
    ...{ page: () => '/alerts', shows: ({ quiet }) => `/goals/${quiet}` },
  },
  'backfill a goal': { page: ({ goal }) => `/goals/${goal}`, ...backfilling },
  'fill the gaps of a dataset': {
    page: ({ team }) => `/datasets/${daysOf(team)}`,
    form: ({ team }) => `/datasets/${daysOf(team)}/fill`,
    sends: ({ team }) => ({ goal: `${team}-made`, keys: '["2025-11-01"]' }),
  },
  'pause a backfill': {
    ...{ page: () => '/backfills', shows: ({ backfill }) => `/backfills/${backfill}` },
    form: ({ backfill }) => `/backfills/${backfill}/pause`,
  },
  'cancel a backfill': {
    page: ({ backfill }) => `/backfills/${backfill}`,
    form: ({ backfill }) => `/backfills/${backfill}/cancel`,
  },
  'act on the runs of a filter': {
    ...{ page: ({ goal }) => `/runs?goal=${goal}`, shows: ({ failed }) => `/runs/${failed}` },
    form: () => '/bulk-acts/new',
    sends: ({ goal }) => ({ act: 'cancel', 'filter.goal': goal }),
    takesOwn: true,
  },
  'act on many runs': { page: () => '/bulk-acts', form: () => '/bulk-acts/new', takesOwn: true },
  'stop an act on many runs': {
    page: ({ bulkAct }) => `/bulk-acts/${bulkAct}`,
    form: ({ bulkAct }) => `/bulk-acts/${bulkAct}/cancel`,
  },
  'resume what a trouble ended': {
    ...{ page: ({ goal }) => `/errors?goal=${goal}`, shows: ({ fingerprint }) => `/errors/${fingerprint}` },
    form: ({ fingerprint }) => `/errors/${fingerprint}/recoveries`,
    takesOwn: true,
  },
  'pause a recovery': {
    page: ({ recovery }) => `/recoveries/${recovery}`,
    form: ({ recovery }) => `/recoveries/${recovery}/pause`,
  },
  'cancel a recovery': {
    page: ({ recovery }) => `/recoveries/${recovery}`,
    form: ({ recovery }) => `/recoveries/${recovery}/cancel`,
  },
  'recover what stands on a retracted run': {
    page: ({ retraction }) => `/retractions/${retraction}`,
    form: ({ retraction }) => `/retractions/${retraction}/recoveries`,
  },
  'pause a schedule': {
    ...{ page: () => '/schedules', shows: ({ goal }) => `/goals/${goal}` },
    form: ({ schedule }) => `/schedules/${schedule}/pause`,
  },
  'trigger a schedule': {
    ...{ page: () => '/schedules', shows: ({ goal }) => `/goals/${goal}` },
    form: ({ schedule }) => `/schedules/${schedule}/trigger`,
  },
  'unpause a schedule': {
    ...{ page: () => '/schedules', shows: ({ quiet }) => `/goals/${quiet}` },
    form: ({ quietSchedule }) => `/schedules/${quietSchedule}/unpause`,
  },
  'retry a teardown': {
    ...{ page: ({ goal }) => `/leases?goal=${goal}`, shows: ({ reached }) => `/runs/${reached}` },
    form: ({ lease }) => `/leases/${lease}/retry`,
  },
  'say that one is on an alert': {
    page: ({ alert }) => `/alerts/${alert}`,
    form: ({ alert }) => `/alerts/${alert}/ack`,
  },
};
const offers = Object.entries(OFFERS);

/** The page at a path, as a browser of somebody has it, once Temporal has let it be drawn. */
async function pageFor(who: Record<string, string>, path: string, form?: Record<string, string>) {
  const post = form && { method: 'POST', redirect: 'manual' as const, body: new URLSearchParams(form) };
  const { status, headers, body } = await answered(async () => {
    const response = await fetch(gateway.url + path, {
      ...post,
      headers: { accept: 'text/html', origin: gateway.url, ...who },
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  });
  return { status, type: headers.get('content-type'), text: String(body).replaceAll('&amp;', '&') };
}

/** Whether a page of somebody has the way to a form, once what it is about is there. */
async function isOffered(who: Record<string, string>, offer: Offer, its: Things): Promise<boolean> {
  let text = '';
  const isThere = async () => {
    const page = await pageFor(who, offer.page(its));
    text = page.text;
    return page.status === 200 && text.includes(offer.shows?.(its) ?? '');
  };
  await expect.poll(isThere, soon).toBe(true);
  return [...text.matchAll(/ (?:href|action)="([^"]*)"/g)].some(([, to = '']) =>
    to.startsWith(offer.form(its)),
  );
}

/** What somebody gets who opens a form, and who sends it. */
async function triedBy(who: Record<string, string>, { form, sends }: Offer, its: Things) {
  const opened = await pageFor(who, form(its));
  const sent = await pageFor(who, form(its), { ...why, ...sends?.(its) });
  return {
    statuses: [opened.status, sent.status],
    types: [opened.type, sent.type],
    // One of them is the search of the page's head.
    hasForm: [opened, sent].map(({ text }) => text.includes('class="form"')),
    saysWho: [opened, sent].map(({ text }) => /the role (operator|approver)/.test(text)),
  };
}
const REFUSED = {
  statuses: [403, 403],
  types: ['text/html; charset=utf-8', 'text/html; charset=utf-8'],
  ...{ hasForm: [false, false], saysWho: [true, true] },
};

/** What is tried elsewhere: a run is retracted in first-minutes.test.ts. */
const ELSEWHERE: readonly RegExp[] = [retractRow.path];

test('here is every action that has a form', () => {
  const paths = offers.map(([, { form }]) => form(of(OURS)).replace(/\?.*/, ''));
  const untried = actionRows.filter(
    ({ path }) => !ELSEWHERE.includes(path) && !paths.some((one) => path.test(one)),
  );
  expect(untried.map(({ path }) => path.source)).toEqual([]);
});

test.each(offers)(
  'who may %s is offered it and has its form; who may only look has neither',
  async (_, offer) => {
    const its = of(OURS);
    await expect.poll(() => isOffered(bob, offer, its), soon).toBe(true);
    expect((await pageFor(bob, offer.form(its))).text).toContain('class="form"');
    expect(await isOffered(vic, offer, its)).toBe(false);
    expect(await triedBy(vic, offer, its)).toEqual(REFUSED);
  },
);

test.each(offers.filter(([, { takesOwn }]) => takesOwn !== true))(
  'who may %s for one team is offered it for no other',
  async (_, offer) => {
    for (const who of [olga, otto]) {
      await expect.poll(() => isOffered(who, offer, of(OURS)), soon).toBe(true);
      expect(await isOffered(who, offer, of(THEIRS))).toBe(false);
      expect(await triedBy(who, offer, of(THEIRS))).toEqual(REFUSED);
    }
  },
);

test('who acts for no team that a trouble hurt is not offered to resume what it ended', async () => {
  const offer = OFFERS['resume what a trouble ended'] as Offer;
  await expect.poll(() => isOffered(olga, offer, of(OURS)), soon).toBe(true);
  expect(await isOffered(olga, offer, of(THEIRS))).toBe(false);
});
