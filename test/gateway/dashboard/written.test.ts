import { expect, test } from 'vitest';
import { logsPage } from '../../../gateway/dashboard/logs-page.tsx';
import { Written } from '../../../gateway/dashboard/written.tsx';

const clock = { now: Date.parse('2026-11-20T06:00:00Z'), zone: 'UTC' };
const line = { at: '2026-11-20T05:00:00.000Z', level: 'error' as const, text: '<b>no\u202e disk</b>' };

test('what an attempt wrote is text and nothing but text, with how much came before', () => {
  const page = String(Written({ log: { lines: [line], dropped: 41 }, clock }));
  expect(page).toContain('the last of 42 lines');
  expect(page).toContain('error &lt;b&gt;no\ufffd disk&lt;/b&gt;');
});

test('who may not see values sees only how much it was', () => {
  const page = String(Written({ log: { lines: [], dropped: 1, hidden: true }, clock }));
  expect(page).toContain('It wrote 1 line before, which you may not see.');
});

test('the page of a log has its lines, its next page, and the way to another system', () => {
  const kept = { ...line, step: 'load#1', attempt: 2 };
  const logs = { kept: true, items: [kept], next: null, after: 'c1', link: 'https://loki.example/?a=1&b=2' };
  const page = String(logsPage('load:1', logs, { step: 'load#1' }, clock).body);
  expect(page).toContain('load#1@2  &lt;b&gt;no\ufffd disk');
  expect(page).toContain('href="https://loki.example/?a=1&amp;b=2"');
  expect(page).toContain('href="/runs/load%3A1/logs?step=load%231&amp;cursor=c1"');
  const none = String(logsPage('load:1', { ...logs, kept: false, items: [] }, {}, clock).body);
  expect(none).toContain('Whole logs are not kept here.');
});
