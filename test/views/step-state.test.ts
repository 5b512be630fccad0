import { expect, test } from 'vitest';
import { stepSchema } from '../../goals/wire/run-view.ts';
import { newStep, shownStep } from '../../views/step-state.ts';

const errors = { pending: 0, recovered: 0, handled: 0, fatal: 0 };

test('a view shows nothing of a step but what is declared as shown, whatever else its reader comes to know', () => {
  const begun = newStep('load#1', 'job', 'load', '2026-11-20T00:00:00.000Z');
  const known = { ...begun, notYetThoughtOf: 'internal' };
  expect(shownStep(known, errors, undefined)).toEqual({ ...begun.step, errors });
});

test('each field of a step that has just begun is one that the schema of the view declares', () => {
  const { step } = newStep('load#1', 'job', 'load', '2026-11-20T00:00:00.000Z');
  expect(stepSchema.strict().safeParse({ ...step, errors }).error).toBeUndefined();
});
