// What a team's code shows with its run is text, a table, a link to the web or an image, whatever it holds.

import { expect, test } from 'vitest';
import { artifactsPage } from '../../../gateway/dashboard/artifacts.tsx';
import { htmlOf } from '../../../gateway/dashboard/markdown.ts';
import type { Artifact } from '../../../goals/wire/artifacts.ts';

const clock = { now: Date.parse('2026-11-20T06:00:00Z'), zone: 'UTC' };
const at = '2026-11-20T05:00:00.000Z';
const PIXEL = 'data:image/png;base64,AAAA';

const pageOf = (items: Artifact[], dropped = 0): string => {
  const told = {
    items: items.map((one) => ({ ...one, at, step: 'load#1', attempt: 2 })),
    dropped,
    next: null,
  };
  return String(artifactsPage('load:1', told, {}, clock).body);
};

test('a table scrolls, has a header, and says how many rows it lacks', () => {
  const page = pageOf([
    {
      kind: 'table',
      name: 'counts',
      columns: ['region', 'rows'],
      rows: [
        ['eu', 12],
        [null, true],
      ],
      more: 3,
    },
  ]);
  expect(page).toContain('<th scope="col"><bdi>region</bdi></th>');
  expect(page).toContain('<td class="num"><bdi>12</bdi></td>');
  expect(page).toContain('and 3 rows more');
  expect(page).toMatch(/class="scrolls" tabindex="0" aria-label="counts"/);
});

test('Markdown is read: headings below those of the page, lists, tables, code and emphasis', () => {
  const html = htmlOf(
    '# Head\n\n- **a**\n  - b\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n```sql\nselect 1\n```\n',
  );
  for (const part of ['<h4>Head</h4>', '<strong>a</strong>', '<td>1</td>', '<pre><code>select 1'])
    expect(html).toContain(part);
  expect(html).not.toContain('style=');
});

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt:alert(1))',
  '[a](data:text/html;base64,PHNjcmlwdD4=)',
  '![a](https://evil.example/track.png)',
  '<https://a.example/"onmouseover="alert(1)>',
  '[a](https://a.example "\\" onclick=\\"alert(1)")',
  '```"><script>alert(1)</script>\n```',
  '| <svg onload=alert(1)> |\n|---|\n| <iframe> |',
])('nothing of %j runs, loads or leads elsewhere than to the web', (markdown) => {
  const html = htmlOf(markdown);
  const tags = [...html.matchAll(/<([a-z0-9]+)((?:\s[^<>]*)?)>/g)];
  for (const [, tag, attributes = ''] of tags) {
    expect(['p', 'a', 'pre', 'code', 'table', 'thead', 'tbody', 'tr', 'th', 'td']).toContain(tag);
    for (const [, name, value] of attributes.matchAll(/([a-z-]+)="([^"]*)"/g)) {
      expect(['href', 'rel', 'title']).toContain(name);
      if (name === 'href') expect(value).toMatch(/^https:\/\//);
    }
  }
});

test('hostile names, cells and addresses are text: no tag, no mark that turns the writing around, no other scheme', () => {
  const hostile = '<script>alert(1)</script>\u202e';
  const page = pageOf([
    { kind: 'table', name: hostile, columns: [hostile], rows: [[hostile]] },
    { kind: 'markdown', name: hostile, text: hostile },
    { kind: 'link', name: hostile, address: `javascript:${hostile}` },
    { kind: 'link', name: 'good', address: 'https://a.example/?a=1&b="2"' },
    { kind: 'image', name: `" onerror="alert(1)`, address: PIXEL },
    { kind: 'image', name: 'svg', address: `data:image/svg+xml,${hostile}` },
    { kind: 'image', name: 'elsewhere', address: 'https://a.example/x.png' },
  ]);
  expect(page).not.toContain('<script');
  expect(page).not.toContain('\u202e');
  expect(page).not.toMatch(/href="(?!https:|\/runs\/)/);
  expect(page).toContain('href="https://a.example/?a=1&amp;b=&quot;2&quot;"');
  expect([...page.matchAll(/<img [^>]*>/g)].map(String)).toEqual([
    `<img src="${PIXEL}" alt="&quot; onerror=&quot;alert(1)"/>`,
  ]);
});

test('Markdown beyond what one page reads shows as it was written, and what is not kept is said', () => {
  const many = Array.from(
    { length: 5 },
    (_, n): Artifact => ({
      ...{ kind: 'markdown', name: `n${n}`, text: `**bold** ${'x'.repeat(15_000)}` },
    }),
  );
  const page = pageOf(many, 7);
  expect(page.match(/<strong>bold<\/strong>/g)).toHaveLength(3);
  expect(page.match(/\*\*bold\*\*/g)).toHaveLength(2);
  expect(page).toContain('7 artifacts more, at least, are not kept');
});

test('who may not see values sees none of them', () => {
  const told = { items: [], dropped: 3, hidden: true as const, next: null };
  const page = String(artifactsPage('load:1', told, {}, clock).body);
  expect(page).toContain('You may not see values of this run');
});
