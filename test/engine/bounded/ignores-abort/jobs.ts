import { bind } from 'goalkeeper/worker';
import { failOften, failWith, reversed } from './goals.ts';

const messes: Record<string, () => string> = {
  megabyte: () => 'x'.repeat(1_048_576),
  binary: () => String.fromCharCode(...Array.from({ length: 600 }, (_, i) => i % 256)),
  surrogates: () => 'half \ud83d and \ude00 apart',
  html: () => '<script>alert("1")</script>',
  terminal: () => '\u001b[31mred\u001b[0m\u001b]0;title\u0007 and \u001b[2Jgone',
};

export const jobs = [
  bind(failOften, ({ times }, { attempt }) => {
    if (attempt > times) return { attempt };
    throw Object.assign(new Error(`upstream said no (${attempt})`), { code: attempt % 3 ? 'busy' : 'down' });
  }),
  bind(failWith, ({ what, times }, { attempt, log }) => {
    if (attempt > times) return { attempt };
    const message = messes[what]?.() ?? reversed(what);
    log.warn(
      { err: new Error(message), detail: { deep: message } },
      `about to fail: ${message.slice(0, 200)}`,
    );
    throw Object.assign(new Error('outer', { cause: new Error(message) }), { name: message.slice(0, 200) });
  }),
];
