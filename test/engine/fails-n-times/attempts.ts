// The figure that a story is held against: what the jobs themselves wrote.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { RunStory } from '../../../views/run-view.ts';

export interface Written {
  step: string;
  attempt: number;
  ended: 'threw' | 'worked' | null;
}

/** The attempts that a run's jobs wrote of, in order. An attempt that began twice is there twice. */
export function writtenOf(file: string, run: string): Written[] {
  const attempts: Written[] = [];
  let lines: string[] = [];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    // No attempt has begun.
  }
  for (const line of lines) {
    const [id, step = '', n, did] = line.split(' ');
    if (id !== run) continue;
    const attempt = Number(n);
    if (did === 'began') attempts.push({ step, attempt, ended: null });
    else {
      const begun = attempts.findLast((one) => one.step === step && one.attempt === attempt);
      if (begun !== undefined) begun.ended = did as 'threw' | 'worked';
    }
  }
  return attempts;
}

/**
 * Each attempt is in the ledger once, as what the job threw, or as lost: never twice, and none is missing. Returns
 * how many were lost.
 */
export function checkStory({ run, errors, omitted }: RunStory, written: readonly Written[]): number {
  const names = written.map(({ step, attempt }) => `${step}@${attempt}`);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(errors.map(({ id }) => id)).size).toBe(errors.length);
  expect(run.errors).toMatchObject({ pending: 0, handled: 0, fatal: 0 });
  let lost = 0;
  for (const step of run.steps) {
    const own = errors.filter((error) => error.step === step.path);
    const dropped = omitted
      .filter((some) => some.step === step.path)
      .reduce((sum, { count }) => sum + count, 0);
    const attempts = written.filter((one) => one.step === step.path);
    const last = attempts.at(-1);
    // The one that worked is the last, and every one before it is an error: what the job never began as well.
    expect(last?.ended).toBe('worked');
    expect(own.length + dropped).toBe((last?.attempt as number) - 1);
    expect(step).toMatchObject({ state: 'succeeded', errors: { recovered: own.length + dropped } });
    for (const { attempt, code } of own) {
      const ended = attempts.find((one) => one.attempt === attempt)?.ended;
      if (code === 'worker_lost') lost++;
      else {
        expect([step.path, attempt, code]).toEqual([step.path, attempt, 'not_yet']);
        expect(ended).toBe('threw');
      }
      // What neither threw nor worked by its own account was cut off.
      if (ended === null || ended === undefined) expect(code).toBe('worker_lost');
    }
  }
  return lost;
}
