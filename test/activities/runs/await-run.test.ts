import { expect, test } from 'vitest';
import { awaitRun } from '../../../activities/runs/await-run.ts';
import { lightExecution } from '../../../goals/wire/light.ts';

test('a light run that a trigger has started is not waited for: it is achieved', async () => {
  const address = { n: 1, host: '019b0c2e-5d5e-7a31-9c7c-0a4c9d3f1e55', update: 'abcdef012345', place: 0 };
  expect(await awaitRun('light-one:k', lightExecution(address))).toEqual({ outcome: 'achieved' });
});
