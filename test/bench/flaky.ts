// Three steps of which one fails twice. A server times retries a second late by default, so bare Temporal waits for them; on one with short timers
// only the work of the attempts is left to compare.

import { bare, pursue } from './begin.ts';
import { interleaved, p50, rate } from './measure.ts';
import { openStage, type Stage } from './stage.ts';
import { AT_ONCE, compared, type Result, type Work } from './work.ts';

const TOTAL = 200;

const rates = (stage: Stage) =>
  interleaved(3, {
    bare: () => rate(TOTAL, AT_ONCE, () => bare(stage, 'flakyThree')),
    ordinary: () => rate(TOTAL, AT_ONCE, () => pursue(stage, 'bench-flaky-three')),
    inline: () => rate(TOTAL, AT_ONCE, () => pursue(stage, 'bench-inline-flaky-three')),
  });

export const flaky: Work = async (stage) => {
  const { bare: reference, ordinary, inline } = await rates(stage);
  const times = await interleaved(2, {
    bare: () => p50(5, () => bare(stage, 'flakyThree')),
    ordinary: () => p50(5, () => pursue(stage, 'bench-flaky-three')),
  });
  const row = (variant: string, unit: string, wanted: Result['wanted'], value: number, against: number) =>
    compared({ work: 'three steps, one fails twice', variant, unit, wanted }, value, against);
  return [
    row('ordinary', 'runs/s', { least: 1.5 }, ordinary, reference),
    row('inline', 'runs/s', { least: 3.2 }, inline, reference),
    row('ordinary, one', 'ms', { most: 0.1 }, times.ordinary, times.bare),
  ];
};

export const flakyShortTimers: Work = async () => {
  const stage = await openStage({}, '10ms');
  try {
    const { bare: reference, ordinary, inline } = await rates(stage);
    const work = 'three steps, one fails twice, short timers';
    return [
      compared({ work, variant: 'ordinary', unit: 'runs/s', wanted: { least: 0.95 } }, ordinary, reference),
      compared({ work, variant: 'inline', unit: 'runs/s', wanted: {} }, inline, reference),
    ];
  } finally {
    await stage.end();
  }
};
