import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readPaced } from '../../../activities/runners/command/paced-reading.ts';

test('a program that writes faster than its lines can be read waits for its reader, and loses no line', async () => {
  const stream = new PassThrough();
  const heard: string[] = [];
  let paused = 0;
  stream.on('pause', () => paused++);
  readPaced(stream, (line) => {
    heard.push(line);
    // Ten lines of it are more than a window has.
    const until = performance.now() + 3;
    while (performance.now() < until);
  });
  const written = Array.from({ length: 60 }, (_, i) => `line ${i}`);
  for (const line of written) stream.write(`${line}\n`);
  stream.end('the last');
  await new Promise((resolve) => stream.once('close', resolve));
  expect(heard).toEqual([...written, 'the last']);
  expect(paused).toBeGreaterThan(2);
});
