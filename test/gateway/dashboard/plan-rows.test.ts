// The rows of a plan on the forms of the dashboard: all of them, the first in sight.

import { expect, test } from 'vitest';
import { PlanRows } from '../../../gateway/dashboard/actions/recovery-actions.tsx';

const drawn = (rows: number): string =>
  String(PlanRows({ rows: Array.from({ length: rows }, (_, n) => `row ${n};`) }));

test('a plan of a thousand runs shows fifty and unfolds the others', () => {
  const html = drawn(1_000);
  expect(html.match(/row \d+;/g)).toHaveLength(1_000);
  const [first = '', others = ''] = html.split('<summary>The other 950</summary>');
  expect([first.match(/row \d+;/g)?.length, others.match(/row \d+;/g)?.length]).toEqual([50, 950]);
  expect(drawn(50)).not.toContain('details');
});
