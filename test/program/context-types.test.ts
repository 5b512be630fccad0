import { expectTypeOf, test } from 'vitest';
import type { JobContext } from '../../activities/bind.ts';
import type { ProgramContext } from '../../program/program-context.ts';

// A program may import nothing of the worker, and so declares its context itself: the compiler compares the two.
test('what a program knows of its attempt is what a job in the worker knows, but for its log and secrets', () => {
  expectTypeOf<JobContext>().toExtend<ProgramContext>();
  expectTypeOf<Exclude<keyof JobContext, keyof ProgramContext>>().toEqualTypeOf<'log' | 'secrets'>();
});
