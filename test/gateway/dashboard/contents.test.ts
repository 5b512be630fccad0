// What pages say of what the API answers.

import { describe, expect, test } from 'vitest';
import { goalPage } from '../../../gateway/dashboard/goal-page.tsx';
import { poolsPage } from '../../../gateway/dashboard/operations-pages.tsx';
import { onlyReads } from '../../../gateway/dashboard/reader.ts';
import { type RunToShow, runPage } from '../../../gateway/dashboard/run-page.tsx';
import type { GoalDetails, ScheduleSummaryView } from '../../../goals/wire/answers.ts';
import type { ScheduleTerms } from '../../../goals/wire/schedules.ts';
import { recordedView } from './recorded.ts';

const clock = { now: Date.parse('2026-11-28T03:00:00Z'), zone: 'UTC' };

/** What a part of a page says, without its tags; of all of it where no part is named. */
function textOf({ body }: { body: unknown }, heading?: string): string {
  const html = String(body);
  const at = heading === undefined ? 0 : html.indexOf(`id="${heading}"`);
  if (at < 0) throw new Error(`nothing has the ID ${heading}`);
  const end = heading === undefined ? html.length : html.indexOf('</section>', at);
  return html
    .slice(at, end)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/&quot;/g, '"');
}

describe('the page of a goal', () => {
  const terms: ScheduleTerms = {
    ...{ name: 'nightly', cron: ['0 5 * * *'], every: null, timezone: 'Europe/Paris', jitterMs: 0 },
    ...{ withinMs: 3_600_000 },
    overlap: 'skip',
    catchUp: 'last',
  };
  const goal: GoalDetails = {
    ...{ goal: 'fares', outcome: 'The fares are in the warehouse', owner: 'ada', team: 'shop', key: ['day'] },
    ...{ deadlineMs: 7_200_000, criteria: ['rows arrived'], jobs: [], needs: ['licence', 'trips'] },
    ...{ neededBy: ['report'], schedules: [terms], taskQueue: 'q', version: 1 },
    ...{ deployment: 'd', retired: false, paused: null, input: {}, output: {}, state: 'stale', recent: [] },
    last: { id: 'fares:1', outcome: 'achieved', closedAt: '2026-11-27T23:00:00Z' },
    record: { window: '7d', since: '2026-11-21T03:00:00Z', achieved: 5, failed: 1, cancelled: 0, open: 1 },
    standing: {
      ...{ fresh: 3_600_000, freshUntil: '2026-11-28T00:00:00Z', state: 'stale' },
      since: '2026-11-28T00:00:00Z',
    },
  };
  const schedule: ScheduleSummaryView = {
    ...{ ...terms, id: 's', goal: 'fares', owner: 'ada', team: 'shop' },
    ...{ state: 'active', note: null, next: ['2026-11-28T04:00:00Z'] },
  };
  const pageOf = (changes: Partial<GoalDetails> = {}, schedules = [schedule]) =>
    goalPage(
      { ...goal, ...changes },
      { items: [], next: null, count: 0 },
      clock,
      onlyReads,
      new Map(),
      schedules,
    );

  test('says the outcome as a sentence, how it stands and how sure that is', () => {
    const page = pageOf();
    expect(page.sentence).toBe('fares: stale');
    expect(String(page.body)).toMatch(/<h1 dir="auto"><bdi>The fares are in the warehouse<\/bdi><\/h1>/);
    const text = textOf(page);
    expect(text).toMatch(/stale , last run 4 h ago/);
    expect(text).toContain('5 of 6 counted since 11-21 03:00');
    expect(text).toMatch(/holds until 00:00:00 stale/);
    expect(textOf(pageOf({ standing: { ...goal.standing, freshUntil: null } as never }))).toMatch(
      /holds until never reached/,
    );
  });

  test('says whom it needs and who needs it, with links', () => {
    const html = String(pageOf().body);
    expect(textOf(pageOf(), 'needs')).toMatch(/needs licence , trips needed by report ; on the map/);
    for (const name of ['licence', 'trips', 'report']) expect(html).toContain(`<a href="/goals/${name}">`);
    expect(textOf(pageOf({ needs: [], neededBy: [] }), 'needs')).toMatch(
      /needs no other goal needed by no other goal/,
    );
  });

  test('says when its schedules come, and when each comes next', () => {
    expect(textOf(pageOf(), 'needs')).toContain('nightly (0 5 * * *, Europe/Paris), next in 1 h');
    expect(String(pageOf().body)).toContain('title="2026-11-28 04:00:00 UTC"');
    expect(textOf(pageOf({}, [{ ...schedule, state: 'paused', next: [] }]), 'needs')).toContain(
      'nightly (0 5 * * *, Europe/Paris), paused ',
    );
    // What nobody knows of is not guessed.
    expect(textOf(pageOf({}, []), 'needs')).toMatch(/nightly \(0 5 \* \* \*, Europe\/Paris\) jobs/);
    expect(textOf(pageOf({ schedules: [] }), 'needs')).toContain('schedules none');
  });
});

describe('the page of a run', () => {
  const shown = (name: string, changes: Partial<RunToShow> = {}): RunToShow => ({
    ...recordedView(name),
    ...{ omitted: [], goal: null, children: new Map(), artifacts: null, step: undefined, steps: null },
    ...{ reader: onlyReads, questions: [], attempts: null, lineage: null, isFixed: false },
    executions: { items: [], next: null },
    ...changes,
  });

  test('tells criteria that were met, that were not with what was found, and that nobody judged', () => {
    const goal = { outcome: 'It is so', criteria: ['rows arrived', 'nobody came to this'], jobs: [] };
    const told = shown('0.1.1-struggling/failed-criteria', {
      goal: { ...goal, record: { window: '7d', achieved: 0, failed: 1 } } as never,
    });
    const text = textOf(runPage(told, clock), 'criteria');
    expect(text).toMatch(/rows arrived not met/);
    expect(text).toMatch(/agrees with the ledger the drift is 0\.3 not met/);
    expect(text).toMatch(/is no trap met/);
    expect(text).toMatch(/nobody came to this not judged/);
  });

  test('shows what went in and what came out', () => {
    const { run } = recordedView('0.1.9-waits/achieved-early');
    const text = textOf(runPage(shown('0.1.9-waits/achieved-early'), clock), 'raw');
    expect(text).toMatch(/Input and output both/);
    for (const part of ['"key": "achieved-early"', `"${(run.output as string[])[0]}"`])
      expect(text).toContain(part);
    const failed = textOf(runPage(shown('0.1.1-struggling/failed-criteria'), clock), 'raw');
    expect(failed).toMatch(/Input and output no output/);
    expect(failed).toContain('"drift": 0.3');
  });

  test('unfolds a needed run among its own steps, with a link to it, and what ended it there', () => {
    const { run } = recordedView('0.1.1-struggling/failed-dependency');
    const [needed] = run.steps;
    const id = needed?.run ?? '';
    const found = recordedView('0.1.1-struggling/failed-permanent');
    const child = {
      ...found,
      run: { ...found.run, id, closedAt: needed?.closedAt ?? null },
    };
    const path = (children: RunToShow['children']): string => {
      const html = String(runPage(shown('0.1.1-struggling/failed-dependency', { children }), clock).body);
      return html.slice(html.indexOf('<ol class="path">'), html.indexOf('</ol>'));
    };
    const folded = path(new Map());
    const execution = `\\?execution=${needed?.execution}`;
    const link = new RegExp(`href="/runs/${encodeURIComponent(id)}${execution}"`);
    expect(folded).toMatch(link);
    expect(folded.match(/<li class="in1/g)).toBeNull();
    const unfolded = path(new Map([[id, child]]));
    expect(unfolded).toMatch(link);
    expect(unfolded.match(/<li class="in1/g)).toHaveLength(child.run.steps.length);
    const step = encodeURIComponent(run.failure?.cause?.step ?? '');
    expect(unfolded).toMatch(
      new RegExp(
        `<li class="in1 hit">.*?href="/runs/${encodeURIComponent(id)}${execution}&amp;step=${step}#attempts"`,
      ),
    );
  });
});

test('the page of pools tells who holds slots since when, and who waits', () => {
  const one = { execution: 'e', attempt: 1 };
  const pool = {
    ...{ name: 'warehouse', atOnce: 2, perSecond: 5, held: 2, waiting: 7 },
    holders: ['a:1', 'a:2'].map((run) => ({
      ...{ ...one, run, step: 'load#1', since: '2026-11-28T02:50:00Z', until: '2026-11-28T04:00:00Z' },
    })),
    waiters: [{ ...one, run: 'b:1', step: 'load#3', since: '2026-11-28T02:59:00Z' }],
  };
  const page = poolsPage([pool as never], clock);
  expect(page.sentence).toBe('1 pool; 7 attempts wait for a slot.');
  const text = textOf(page);
  expect(text).toContain('2 of 2 held, up to 5 a second');
  expect(text).toMatch(/7 attempts b:1 load#3 1 min ago and 6 more/);
  expect(text.match(/a:\d since 10 min ago/g)).toHaveLength(2);
  for (const run of ['a:1', 'a:2', 'b:1'])
    expect(String(page.body)).toContain(`href="/runs/${encodeURIComponent(run)}"`);
  expect(poolsPage([], clock).sentence).toBe('No pool is shared.');
});
