// `npm run bench`: prints a table of ratios against bare Temporal, measured in the same run. `--only NAME,…` measures some,
// `--items N` gives the largest map fewer items than a million, `--json FILE` writes the results, and `--markdown FILE` writes them
// into a page, between two marks. Exit code 1 when a figure is not reached.

import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { writeFigures } from '../../deploy/local/write-figures.ts';
import { openStage } from './stage.ts';
import type { Result } from './work.ts';
import { works } from './works.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    items: { type: 'string', default: '1000000' },
    json: { type: 'string' },
    markdown: { type: 'string' },
  },
});
const names = values.only?.split(',') ?? Object.keys(works);
const unknown = names.filter((name) => works[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}; there is ${Object.keys(works).join(', ')}`);
  process.exit(2);
}

const items = Number(values.items);
if (!Number.isInteger(items) || items < 1) {
  console.error(`--items is '${values.items}'; give a whole number above zero`);
  process.exit(2);
}

const stage = await openStage();
const results: Result[] = [];
let hasFailed = false;
try {
  for (const name of names) {
    process.stderr.write(`${name} …\n`);
    try {
      results.push(...((await works[name]?.(stage, items)) ?? []));
    } catch (error) {
      // What the others have measured is told all the same, and goes into no page.
      hasFailed = true;
      console.error(`${name} could not be measured:`, error);
    }
  }
} finally {
  await stage.end();
}

const measured = ({ ratio, value }: Result): number => ratio ?? value;

function isReached(result: Result): boolean {
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = result.wanted;
  return measured(result) >= least && measured(result) <= most;
}

const number = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Math.round(value * 100) / 100);

const wanted = ({ wanted: { least, most } }: Result): string =>
  least !== undefined ? `at least ${least}` : most !== undefined ? `at most ${most}` : '';

const rows = results.map((result) => [
  result.work,
  result.variant,
  `${number(result.value)} ${result.unit}`,
  result.ratio === null ? '' : `${number(result.ratio)} (${result.against})`,
  wanted(result),
  isReached(result) ? '' : 'not reached',
]);
const head = ['work', 'variant', 'measured', 'ratio', 'to reach', ''];
const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
console.log(table);
if (values.json) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
if (values.markdown && !hasFailed) {
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}`;
  await writeFigures(values.markdown, `Measured on ${machine}.\n\n${table}`);
}
process.exit(!hasFailed && results.every(isReached) ? 0 : 1);
