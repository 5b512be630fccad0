import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { lightJot, lightNote, lightSlow, lightWrite } from './goals.ts';

/** `step attempt` of each attempt that began, by run: what the jobs did, told by no engine. */
export const begun = new Map<string, string[]>();

/** What a script says of the attempt: `ok`, `fail`, `permanent`, `wait:<ms>`, `show`. */
async function act(
  { script }: { script: string[] },
  { attempt, run, step, signal, artifact }: JobContext,
): Promise<{ attempt: number }> {
  begun.set(run, [...(begun.get(run) ?? []), `${step} ${attempt}`]);
  const [what = 'ok', detail = ''] = (script[attempt - 1] ?? 'ok').split(':');
  if (what === 'fail') throw Object.assign(new Error(`upstream said no (${attempt})`), { code: 'said_no' });
  if (what === 'permanent') throw permanent('no retry will heal this', { code: 'gone' });
  if (what === 'show') artifact.markdown('shown', `by ${step}`);
  if (what === 'wait') await new Promise((resolve) => setTimeout(resolve, Number(detail)));
  signal.throwIfAborted();
  return { attempt };
}

export const jobs = [lightNote, lightJot, lightWrite, lightSlow].map((job) =>
  bind(job as never, act as never),
);
