import { expect, test } from 'vitest';
import { AwaitedSteps } from '../../goals/awaited-steps.ts';

const LOOKS: Record<string, (step: Promise<number>) => unknown> = {
  'an await': async (step) => await step,
  'an await in a loop': async (step) => {
    for await (const one of [step]) return one;
    return 0;
  },
  'a then': (step) => step.then(String),
  'a catch': (step) => step.catch(() => 0),
  'a finally': (step) => step.finally(() => undefined),
  'a return from an async function': async (step) => step,
  'Promise.all': (step) => Promise.all([step]),
  'Promise.allSettled': (step) => Promise.allSettled([step]),
  'Promise.race': (step) => Promise.race([step, Promise.resolve(2)]),
  'Promise.any': (step) => Promise.any([step]),
  'Promise.resolve and then': (step) => Promise.resolve(step).then(String),
  'a promise that is resolved with it': (step) => new Promise((resolve) => resolve(step)),
};

test.each(Object.entries(LOOKS))('who looks at the end of a step by %s awaits it', async (_, look) => {
  const awaited = new AwaitedSteps();
  const step = awaited.watched(Promise.resolve(1), 'load#1');
  expect(awaited.missing).toEqual(['load#1']);
  const looked = look(step);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(awaited.missing).toEqual([]);
  await looked;
});

test('a step that is begun and left alone is missing, whether it is under way, has ended, or has failed', async () => {
  const awaited = new AwaitedSteps();
  void awaited.watched(new Promise(() => undefined), 'open#1');
  void awaited.watched(Promise.resolve(1), 'ended#1');
  const failing = Promise.reject(new Error('down'));
  void awaited.watched(failing, 'failed#1');
  awaited.failed(failing);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(awaited.missing).toEqual(['open#1', 'ended#1', 'failed#1']);
});

test.each(Object.entries(LOOKS))(
  'a step that is watched takes no turn longer by %s than any promise',
  async (_, look) => {
    const order = async (watch: (promise: Promise<number>) => Promise<number>): Promise<string[]> => {
      const told: string[] = [];
      let begin = (_: number): void => undefined;
      const step = watch(new Promise<number>((resolve) => (begin = resolve)));
      const ticks = async (): Promise<void> => {
        for (let i = 0; i < 12; i++) {
          await null;
          told.push(String(i));
        }
      };
      const ended = Promise.resolve(look(step)).then(() => told.push('looked'));
      begin(1);
      await Promise.all([ticks(), ended]);
      return told;
    };
    const awaited = new AwaitedSteps();
    expect(await order((promise) => awaited.watched(promise, 'load#1'))).toEqual(
      await order((promise) => promise),
    );
  },
);
