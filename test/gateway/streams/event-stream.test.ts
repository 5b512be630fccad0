import { expect, onTestFinished, test, vi } from 'vitest';
import { EventStream, type EventStreamOptions } from '../../../gateway/streams/event-stream.ts';
import { saying } from '../../../gateway/streams/said.ts';

const view = (id: string, isLast = false) => saying(id, [{ event: 'view', id, data: id }], isLast);

const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

/** A stream and its reader, with a clock that the test moves. */
function opened(changes: Partial<EventStreamOptions> = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const [gone, stopping] = [new AbortController(), new AbortController()];
  const [cut, onEnd] = [vi.fn(), vi.fn()];
  let held = 0;
  const stream = new EventStream({
    ...{ gone: gone.signal, stopping: stopping.signal, lastEventId: null, pingMs: 1_000 },
    ...{ mayStill: async () => true, cut, onEnd },
    queued: {
      add(bytes) {
        held += bytes;
        return held <= 200;
      },
    },
    ...changes,
  });
  const reader = stream.body.getReader();
  const read = async (): Promise<string | undefined> => textOf((await reader.read()).value);
  return { stream, reader, read, gone, stopping, cut, onEnd, held: () => held };
}

test('a reader is told what it does not know yet', async () => {
  const { stream, read } = opened({ lastEventId: 'a' });
  expect(await read()).toBe('retry: 2000\n\n');
  stream.said(view('a'));
  stream.said(view('b'));
  expect(await read()).toBe('event: view\nid: b\ndata: "b"\n\n');
  stream.said(view('b'));
  stream.said(saying(null, [{ event: 'away', data: {} }]));
  expect(await read()).toContain('event: away');
  stream.said(view('b'));
  expect(await read(), 'what is so again after trouble').toContain('id: b');
});

// event-stream.1
test.each(['its last event', 'a stop', 'its reader', 'the request', 'a right that is gone'])(
  '%s ends a stream once, and nothing is left of it',
  async (how) => {
    let may = true;
    const { stream, read, reader, gone, stopping, onEnd, held } = opened({ mayStill: async () => may });
    await read();
    const next = reader.read();
    if (how === 'its last event') stream.said(view('z', true));
    if (how === 'a stop') stopping.abort();
    if (how === 'its reader') await reader.cancel();
    if (how === 'the request') gone.abort();
    if (how === 'a right that is gone') {
      may = false;
      await vi.advanceTimersByTimeAsync(1_000);
    }
    const { done, value: bytes } = await next;
    const value = textOf(bytes);
    if (how === 'a stop') expect(value).toBe(': the gateway stops; come back\n\n');
    if (how === 'its last event') expect(value).toContain('id: z');
    if (how === 'a right that is gone') expect(value).toContain(': you may no longer look');
    expect(done || (await reader.read()).done).toBe(true);
    stream.said(view('later'));
    stream.ended();
    gone.abort();
    stopping.abort();
    expect(onEnd).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(held()).toBe(0);
  },
);

test('a stream whose request was gone already is over from the start', () => {
  const gone = new AbortController();
  gone.abort();
  const { stream, onEnd } = opened({ gone: gone.signal });
  expect(stream.isOver).toBe(true);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

/** It has read once, and reads no more. */
async function blocked() {
  const all = opened();
  await all.read();
  all.stream.said(view('first'));
  expect(all.held()).toBeGreaterThan(0);
  return all;
}

test('whoever reads slowly is told the latest only', async () => {
  const { stream, read, held } = await blocked();
  for (let i = 0; i < 1_000; i++) stream.said(view(`v${i}`));
  expect(held()).toBeLessThan(100);
  expect(await read()).toContain('id: v999');
  expect(held()).toBe(0);
});

// event-stream.2
test('a reader is cut off where too much waits for those that do not read', async () => {
  const { stream, cut, onEnd, held } = await blocked();
  stream.said(view('x'.repeat(300)));
  expect(cut).toHaveBeenCalledTimes(1);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(held()).toBe(0);
});

test('a reader that takes nothing between two comments is cut off; one that reads gets them', async () => {
  const { read, cut, onEnd } = opened();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(cut, 'the answer has not begun').not.toHaveBeenCalled();
  await read();
  for (let i = 0; i < 5; i++) {
    const next = read();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await next).toBe(': ping\n\n');
  }
  expect(cut).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(cut).toHaveBeenCalledTimes(1);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test('the last event is not lost where what was followed has ended before it is taken', async () => {
  const { stream, read } = await blocked();
  stream.said(view('z', true));
  stream.ended();
  expect(await read()).toContain('id: z');
  expect(await read()).toBeUndefined();
});
