// `npm run chaos`: an installation under load, broken again and again, and checked (docs/reliability.md). Exit code 1 when a
// promise is not kept.
//
// --minutes N        how long the load lasts; default 1
// --seed S           repeats what is asked for and what is broken; default: another each time
// --topology NAME    development (default): Temporal's development server on a file; cluster: its server on PostgreSQL
// --rate R           cases a second; default 8. --at-once N: no more open at a time; default 60
// --pause A-B        milliseconds between two faults; default 1000-4000. `none`: nothing is broken
// --break A,B        breaks it on purpose: swallow, terminate, second, forget (test/chaos/breaks.ts)
// --report FILE      writes the figures into the file, between its two marks
// --json FILE        writes the result

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { writeFigures } from '../../deploy/local/write-figures.ts';
import { BREAKS, type Break } from './breaks.ts';
import { isSound } from './check.ts';
import { cluster } from './cluster.ts';
import { development } from './development.ts';
import { markdownOf, problemsOf, summaryOf } from './report.ts';
import { runSuite } from './suite.ts';

const TOPOLOGIES = { development, cluster };
const SHOWN = 40;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    topology: { type: 'string', default: 'development' },
    rate: { type: 'string', default: '8' },
    'at-once': { type: 'string', default: '60' },
    pause: { type: 'string', default: '1000-4000' },
    break: { type: 'string', default: '' },
    report: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const wrong = (what: string): never => {
  console.error(what);
  process.exit(2);
};
const number = (name: 'minutes' | 'seed' | 'rate' | 'at-once'): number => {
  const given = Number(values[name]);
  return given > 0 ? given : wrong(`--${name} is '${values[name]}'; give a number above 0`);
};
const topology =
  TOPOLOGIES[values.topology as keyof typeof TOPOLOGIES] ??
  wrong(`there is no topology '${values.topology}'; there is ${Object.keys(TOPOLOGIES).join(', ')}`);
const breaks = values.break === '' ? [] : values.break.split(',');
for (const one of breaks)
  if (!BREAKS.includes(one as Break)) wrong(`nothing breaks by '${one}'; there is ${BREAKS.join(', ')}`);
const pause = /^(\d+)-(\d+)$/.exec(values.pause);
if (pause === null && values.pause !== 'none')
  wrong(`--pause is '${values.pause}'; write such as 1000-4000, or none`);

const [seed, minutes, rate, atOnce] = [number('seed'), number('minutes'), number('rate'), number('at-once')];
const begun = Date.now();
const elapsed = (): string => String(Math.round((Date.now() - begun) / 1000)).padStart(4);
console.error(`chaos: --seed ${seed}`);
const result = await runSuite({
  ...{ topology, seed, minutes, rate, atOnce },
  pauseMs: pause === null ? null : [Number(pause[1]), Number(pause[2])],
  breaks: breaks as Break[],
  keep: values.keep,
  onProgress: (line) => console.error(`${elapsed()} s  ${line}`),
});

const problems = problemsOf(result);
console.log(markdownOf(result));
console.log(`\n${summaryOf(result)}`);
for (const problem of problems.slice(0, SHOWN)) console.log(`- ${problem}`);
if (problems.length > SHOWN) console.log(`- and ${problems.length - SHOWN} more`);
if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (values.report) await writeFigures(values.report, markdownOf(result));
process.exit(isSound(result.verdict) ? 0 : 1);
