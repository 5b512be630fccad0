// The guides of the command line and of debugging: each of its commands is carried out, in its order, and does as the page says.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../cli/operator/exit-codes.ts';
import goals from '../../examples/first-goal/goals.ts';
import { jobs } from '../../examples/first-goal/jobs.ts';
import { ran } from '../cli/operator/test-screen.ts';
import { Workbench } from '../engine/workbench.ts';
import { gatewayAt } from '../gateway/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';

const guide = await readFile('docs/guide/command-line.md', 'utf8');
const debugging = await readFile('docs/guide/debugging.md', 'utf8');

interface Block {
  commands: string[];
  exit: number;
  /** What the page says that it prints. */
  shown: string | undefined;
}

const blocks: Block[] = [
  ...(guide + debugging).matchAll(/(?:<!-- (.*?) -->\n)?```sh\n([\s\S]*?)```\n(?:\n```\n([\s\S]*?)```)?/g),
]
  .filter(([, comment]) => !comment?.startsWith('not run'))
  .map(([, comment, code = '', shown]) => ({
    commands: code.trim().split('\n'),
    exit: Number(/^exit code (\d)/.exec(comment ?? '')?.[1] ?? 0),
    shown,
  }));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(
    fileURLToPath(new URL('../../examples/first-goal/goals.ts', import.meta.url)),
    goals,
    jobs,
  );
  gateway = await gatewayAt(temporalAddress);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

/** The words of a line, as a shell has them; without the program. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map((found) => found[1] ?? found[2] ?? found[3] ?? '')
    .slice(2);

/** Without what is another at each time. */
const timeless = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'AT')
    .replace(/\d+(\.\d+)? m?s\b/g, 'SPAN')
    .replace(/request of \S+?,/g, 'request of ada,')
    .replace(/ +/g, ' ')
    .trim();

test('its commands do as it says', async () => {
  expect(blocks.length).toBeGreaterThan(5);
  for (const { commands, exit, shown } of blocks)
    for (const line of commands) {
      const done = await ran(wordsOf(line), { environment: { GOALKEEPER_URL: gateway.url } });
      expect([line, done.exit, done.err]).toEqual([line, exit, exit === 0 ? expect.any(String) : done.err]);
      if (shown !== undefined) expect(timeless(done.out + done.err)).toContain(timeless(shown));
    }
});

test('its exit codes are all, each with its meaning', () => {
  const rows = [...guide.matchAll(/^\| (\d) \| (.*?) \|$/gm)].map(([, code, means]) => ({
    code: Number(code),
    means,
  }));
  expect(rows).toEqual(Object.values(exitCodes));
});
