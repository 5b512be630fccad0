// The press: POST /bulletins is answered 202; when the bulletin is printed, or the press has jammed, it calls back.

import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answer, Counter, hasFaults, serve } from './serve.ts';

interface Order {
  batch: string;
  entries: { magnitude: number; at: string; where: string }[];
}

const PRINTING_MS = 700;
const orders = new Counter();

serve('press', async ({ request, response }) => {
  const callback = request.headers['goalkeeper-callback'];
  let body = '';
  for await (const chunk of request) body += chunk;
  if (typeof callback !== 'string')
    return answer(response, 400, { code: 'callback_missing', message: 'The press calls back; say where.' });
  const order = JSON.parse(body) as Order;
  answer(response, 202, { order: order.batch });
  await delay(PRINTING_MS);
  if (hasFaults && orders.next(order.batch) === 0)
    return tell(callback, { goalkeeper: 1, error: { code: 'paper_jam', message: 'The press has jammed.' } });
  return tell(callback, { output: { bulletin: await print(order), entries: order.entries.length } });
});

/** Whoever calls back calls until somebody has it: the gateway may be away for a moment. */
async function tell(callback: string, body: unknown): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const answered = await fetch(callback, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (answered !== null && answered.status < 500) return;
    await delay(500);
  }
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

async function print({ batch, entries }: Order): Promise<string> {
  const rows = entries.map(
    ({ magnitude, at, where }) =>
      `<tr><td>${magnitude.toFixed(1)}<td>${escaped(at.slice(0, 16).replace('T', ' '))}<td>${escaped(where)}`,
  );
  const file = resolve('.goalkeeper/bulletins', `quakes-${batch}.html`);
  await mkdir(resolve(file, '..'), { recursive: true });
  await writeFile(
    file,
    `<!doctype html><meta charset="utf-8"><title>Earthquakes</title><h1>The week's earthquakes</h1>
<table><tr><th>Magnitude<th>When (UTC)<th>Where\n${rows.join('\n')}\n</table>\n`,
  );
  return file;
}
