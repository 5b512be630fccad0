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

/** The pages before these views, which only `/runs/{id}` and its errors have. */
export async function recordedGateway(views: ReadonlyMap<string, View>) {
  const api = new Hono();
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
