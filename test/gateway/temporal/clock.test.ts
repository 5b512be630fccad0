import { expect, test } from 'vitest';
import { clockOf } from '../../../gateway/temporal/clock.ts';

const TRUE = Date.parse('2026-11-20T05:00:00Z');

/** A machine whose clock is wrong by so many seconds. */
function machine(wrongBy: number) {
  let elapsed = 0;
  let wrong = wrongBy * 1000;
  const local = () => TRUE + elapsed + wrong;
  const clock = clockOf(local, () => elapsed);
  return {
    clock,
    local,
    passes: (seconds: number) => {
      elapsed += seconds * 1000;
    },
    isSetTo: (seconds: number) => {
      wrong = seconds * 1000;
    },
    temporal: () => TRUE + elapsed,
    error: () => (clock.now() - (TRUE + elapsed)) / 1000,
  };
}

test('with nothing known of Temporal, and with nothing that contradicts it, the clock of the machine is right', () => {
  const { clock, temporal, error, passes } = machine(0);
  expect(error()).toBe(0);
  clock.seen(temporal() - 3_600_000);
  clock.begun(temporal() + 20, temporal());
  passes(30);
  expect(error()).toBe(0);
});

test('a clock that is ten minutes slow is put right by what was seen to have happened', () => {
  const { clock, temporal, error } = machine(-600);
  clock.seen(temporal() - 5_000);
  expect(error()).toBe(-5);
  clock.seen(temporal() - 100);
  clock.seen(temporal() - 60_000);
  expect(error()).toBe(-0.1);
});

test('a clock that is ten minutes fast is put right by a run that it starts', () => {
  const { clock, local, temporal, error } = machine(600);
  clock.begun(temporal() + 50, local());
  expect(error()).toBe(0.05);
});

test('a clock that is set right is believed again before long', () => {
  const { clock, temporal, error, passes, isSetTo } = machine(-600);
  clock.seen(temporal());
  isSetTo(0);
  passes(601);
  expect(error()).toBe(0);
});

test('it is sure of itself for a minute after it was compared with a run that was started', () => {
  const { clock, local, temporal, passes } = machine(0);
  expect(clock.isSure()).toBe(false);
  clock.begun(temporal() + 20, local());
  passes(59);
  expect(clock.isSure()).toBe(true);
  passes(2);
  expect(clock.isSure()).toBe(false);
});
