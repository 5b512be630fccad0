// What a page says after an action: the address names it, so that it is shown without script, where the result is looked for.

const DONE = {
  resumed: 'The run goes on.',
  cancelled: 'The cancellation was asked for.',
  accepted: 'The run is accepted as it is.',
  decided: 'Your decision counts.',
  started: 'This is the run of that input.',
  paused: 'Paused: nothing starts a run.',
  unpaused: 'The pause is over.',
  muted: 'Nobody is alerted about the goal for that long.',
  unmuted: 'Alerts are sent again.',
  triggered: 'Triggered.',
  backfilled: 'The backfill was asked for.',
  acting: 'The act was asked for.',
  stopped: 'It acts on no more runs.',
  retracted: 'The run is retracted, and what used it is looked for.',
  recovered: 'The recovery was asked for.',
  acknowledged: 'It is recorded that somebody is on it.',
  retried: 'The teardown is retried.',
  kept: 'Temporal keeps it, and it takes effect as soon as a worker is up.',
} as const;

export type DoneName = keyof typeof DONE;

/** The sentence of what the address names; null where it names nothing. */
export const doneSentence = (name: string | undefined): string | null =>
  name !== undefined && Object.hasOwn(DONE, name) ? DONE[name as DoneName] : null;

/** An address that says what was done. */
export const havingDone = (path: string, done: DoneName): string => {
  const [before = '', fragment] = path.split('#');
  const asked = `${before}${before.includes('?') ? '&' : '?'}done=${done}`;
  return fragment === undefined ? asked : `${asked}#${fragment}`;
};
