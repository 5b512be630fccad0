import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { calendar, dateIn, every, goal, schedule } from '../../goals/index.ts';
import { declaredSchedules } from '../../goals/schedule.ts';

test('the schedules that the guide shows are fine', async () => {
  const guide = await readFile('docs/guide/schedules.md', 'utf8');
  const [, shown = ''] = /<!-- schedules -->\n```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  const language = { schedule, every, calendar, dateIn };
  const make = new Function(...Object.keys(language), `return { ${shown} }`);
  const daily = goal({
    ...{ name: 'daily', outcome: 'It is there', owner: 'tests', team: 'tests', key: ['day'] },
    input: z.object({ day: z.iso.date() }),
    output: z.object({}),
    criteria: { fine: () => true },
    pursue: async () => ({}),
    ...make(...Object.values(language)),
  });
  expect(check([daily])).toEqual([]);
  const [nightly, ...others] = declaredSchedules(daily);
  expect(others).toHaveLength(2);
  expect(nightly?.input(new Date('2026-10-25T04:00:00Z'))).toEqual({ day: '2026-10-24' });
});
