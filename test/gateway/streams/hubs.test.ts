import { expect, test, vi } from 'vitest';
import { type Follow, hubsOf } from '../../../gateway/streams/hubs.ts';
import { type Said, saying } from '../../../gateway/streams/said.ts';

const view = (id: string): Said => saying(id, []);
const watcher = () => ({ said: vi.fn(), ended: vi.fn() });

/** Something to follow, by hand. */
function followed() {
  const begun: { say: (said: Said) => void; signal: AbortSignal; end: (error?: Error) => void }[] = [];
  const follow: Follow = (say, signal) =>
    new Promise((resolve, reject) => {
      begun.push({ say, signal, end: (error) => (error ? reject(error) : resolve()) });
    });
  return { follow, begun };
}

// hubs.1
test('however many watch a thing, it is followed once, and all hear the same bytes', async () => {
  const hubs = hubsOf(vi.fn());
  const { follow, begun } = followed();
  const watchers = Array.from({ length: 200 }, watcher);
  const watching = watchers.map((one) => hubs.watch('a', follow, one));
  const first = view('1');
  begun[0]?.say(first);
  for (const { said } of await Promise.all(watching)) expect(said).toBe(first);
  const late = watcher();
  expect((await hubs.watch('a', follow, late)).said).toBe(first);
  const second = view('2');
  begun[0]?.say(second);
  for (const { said } of [...watchers, late]) expect(said).toHaveBeenLastCalledWith(second);
  expect([begun.length, hubs.size]).toEqual([1, 1]);
});

// hubs.2
test('the last who leaves ends it, and who comes then begins it anew', async () => {
  const hubs = hubsOf(vi.fn());
  const { follow, begun } = followed();
  const watching = [hubs.watch('a', follow, watcher()), hubs.watch('a', follow, watcher())];
  begun[0]?.say(view('1'));
  const [one, other] = await Promise.all(watching);
  one?.leave();
  one?.leave();
  expect(begun[0]?.signal.aborted).toBe(false);
  other?.leave();
  expect(begun[0]?.signal.aborted).toBe(true);
  expect(hubs.size).toBe(0);
  const again = hubs.watch('a', follow, watcher());
  begun[1]?.say(view('2'));
  begun[0]?.end();
  expect((await again).said.id).toBe('2');
  await vi.waitFor(() => expect(hubs.size).toBe(1));
});

test('what keeps it from beginning is thrown to all who wait, and nothing is left', async () => {
  const onTrouble = vi.fn();
  const hubs = hubsOf(onTrouble);
  const { follow, begun } = followed();
  const watching = [hubs.watch('a', follow, watcher()), hubs.watch('a', follow, watcher())];
  begun[0]?.end(new Error('no such run'));
  for (const one of watching) await expect(one).rejects.toThrow('no such run');
  expect(hubs.size).toBe(0);
  expect(onTrouble).not.toHaveBeenCalled();
});

test('an error in the middle is told to the log, and all who watch are ended', async () => {
  const onTrouble = vi.fn();
  const hubs = hubsOf(onTrouble);
  const { follow, begun } = followed();
  const one = watcher();
  const watching = hubs.watch('a', follow, one);
  begun[0]?.say(view('1'));
  await watching;
  const error = new Error('a bug');
  begun[0]?.end(error);
  await vi.waitFor(() => expect(one.ended).toHaveBeenCalledTimes(1));
  expect(onTrouble).toHaveBeenCalledWith(error, 'a');
  expect(hubs.size).toBe(0);
});
