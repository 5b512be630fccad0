// Goals whose job is done by an endpoint that takes its time.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const render = job({
  name: 'render',
  input: z.object({ key: z.string() }),
  output: z.object({ pages: z.int() }),
  timeout: '10s',
  retry: { attempts: 3, delay: '50ms', backoff: 1, permanent: ['no_such_book'] },
});

/** Waits for a second only. */
export const renderSoon = job({ ...render.declared, name: 'render-soon' });

/** Done in the worker, and never well. */
export const bind = job({ ...render.declared, name: 'bind' });

const shared = {
  team: 'tests',
  owner: 'tests',
  key: ['key'],
  input: z.object({ key: z.string() }),
  output: z.object({ pages: z.int() }),
  criteria: { 'there are pages': ({ pages }: { pages: number }) => pages > 0 },
};

export const rendered = goal({
  ...shared,
  name: 'rendered',
  outcome: 'The book is rendered',
  jobs: [render],
  pursue: (input, { run }) => run(render, input),
});

export const renderedSoon = goal({
  ...shared,
  name: 'rendered-soon',
  outcome: 'The book is rendered soon',
  jobs: [renderSoon],
  pursue: (input, { run }) => run(renderSoon, input),
});

export const renderedInTime = goal({
  ...shared,
  name: 'rendered-in-time',
  outcome: 'The book is rendered in time',
  deadline: '2s',
  jobs: [render],
  pursue: (input, { run }) => run(render, input),
});

export const bound = goal({
  ...shared,
  name: 'bound',
  outcome: 'The book is rendered and bound',
  jobs: [render, bind],
  async pursue(input, { run }) {
    await run(render, input);
    return run(bind, input);
  },
});

export default [rendered, renderedSoon, renderedInTime, bound];
