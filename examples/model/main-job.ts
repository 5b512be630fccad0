import type { MainJob } from 'goalkeeper/config';

/** One build of the model, approved once it has been evaluated. */
export const mainJob: MainJob = {
  servers: [],
  pursuits: (key) => [
    {
      goal: 'model-ready',
      input: { build: key },
      decides: { name: 'release', decision: 'approve', by: 'you', reason: 'a demo' },
      ends: 'achieved',
      shows: (output) => {
        const { accuracy, path } = output as { accuracy: number; path: string };
        return `right for ${(accuracy * 100).toFixed(1)} % of the penguins that it had not seen; it is ${path}`;
      },
    },
  ],
};
