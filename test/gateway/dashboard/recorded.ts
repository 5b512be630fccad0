// A gateway that answers runs from recorded views, so that each kind of run can be looked at without pursuing it.

import { readFileSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { onlyReads } from '../../../gateway/dashboard/reader.ts';
import { servePages } from '../../../gateway/dashboard/serve-pages.tsx';
import type { Run, RunError } from '../../../goals/wire/run-view.ts';

interface View {
  run: Run;
  errors: RunError[];
}

export const recordedView = (name: string): View =>
  JSON.parse(readFileSync(new URL(`../../histories/${name}.view.json`, import.meta.url), 'utf8')) as View;

/** What somebody writes who means harm: it would load, run, turn the writing around, and ring. */
export const HOSTILE =
  '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202e\u2066\u0007';

/** The same as pages show it. */
export const HOSTILE_SHOWN =
  '<img src=x onerror="document.title=1"><script>document.title=2</script>\ufffd\ufffd\u2407';

/** So long are its texts. */
const MEGABYTE = 1_000_000;

/** A failed run of which every name and text is hostile, and the texts long. */
export function hostileView(): View {
  const { run, errors } = recordedView('0.1.1-struggling/failed-permanent');
  const { failure } = run;
  if (failure?.cause == null) throw new Error('the recorded run has a cause');
  const [key, name] = [`2026-11-20 ${HOSTILE}`, `load ${HOSTILE}`];
  const id = `${run.goal}:${key}`;
  const long = HOSTILE + 'x'.repeat(MEGABYTE);
  const path = `${name}#1`;
  const steps = run.steps.map((step) => (step.path === failure.cause?.step ? { ...step, path, name } : step));
  return {
    run: {
      ...run,
      ...{ id, key, steps, owner: HOSTILE, team: HOSTILE, input: { [HOSTILE]: long }, output: [long] },
      why: { ...run.why, by: HOSTILE, reason: long },
      criteria: [{ name: HOSTILE, met: false, message: long }],
      tags: [HOSTILE],
      notes: [{ at: run.startedAt, by: HOSTILE, text: long }],
      failure: {
        ...failure,
        ...{ code: HOSTILE, message: long, path: [path] },
        cause: { ...failure.cause, run: id, step: path, code: HOSTILE, message: long },
      },
    },
    errors: errors.map((error) => ({
      ...error,
      ...{ message: long, stack: long, code: HOSTILE, worker: HOSTILE, details: { [HOSTILE]: long } },
      step: error.step === failure.cause?.step ? path : error.step,
    })),
  };
}

/** The pages before these views, which only `/runs/{id}` and its errors have. */
export async function recordedGateway(views: ReadonlyMap<string, View>) {
  const api = new Hono();
  // What no page can be made of.
  api.get('/runs/broken', (c) => c.json({ id: 'broken' }));
  api.get('/runs/:id', (c) => {
    const view = views.get(c.req.param('id'));
    return view === undefined ? c.json({ code: 'run_unknown', title: 'Unknown run' }, 404) : c.json(view.run);
  });
  api.get('/runs/:id/errors', (c) =>
    c.json({ items: views.get(c.req.param('id'))?.errors ?? [], omitted: [], hourly: [], next: null }),
  );
  api.notFound((c) => c.json({ code: 'goal_unknown', title: 'Unknown goal' }, 404));
  const app = new Hono();
  const asked: string[] = [];
  app.use(
    servePages({
      async askAs(_, { path }) {
        asked.push(path);
        return api.request(path);
      },
      readerOf: async () => onlyReads,
      signsIn: () => false,
      publicUrl: null,
      failed: () => Response.json({ code: 'internal', title: 'Internal error' }, { status: 500 }),
    }),
  );
  // Of what is recorded nothing more comes.
  app.get('/runs/:id/events', () => {
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode(': \n\n')),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const made = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(made));
  });
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('it does not listen');
  return {
    /** Every path that pages have asked the API for. */
    asked,
    url: `http://127.0.0.1:${at.port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
