// A run as somebody sees it who may not see its values: which there are shows, and what became of it.

import type { RunArtifacts } from '../../goals/wire/artifacts.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { Run, Step } from '../../goals/wire/run-view.ts';
import type { RunStory } from '../../views/run-view.ts';

/** Stands for a value. */
const HIDDEN = { $hidden: true } as const;

/** The same of a text. */
const NOT_SHOWN = '<hidden>';

const hidden = (value: unknown): unknown => (value === undefined || value === null ? value : HIDDEN);

const bare = (dataset: string, team: string) => ({ dataset, team, partition: {}, key: NOT_SHOWN });

/** `asksShown`: whether what is asked of people shows, as whoever decides it must see it. */
export const withoutValues = (run: Run, asksShown: boolean): Run => ({
  ...run,
  key: parseRunId(run.id)?.key ?? run.key,
  input: hidden(run.input),
  output: hidden(run.output),
  // Those values are the input's.
  ...(run.waitsFor && { waitsFor: run.waitsFor.map((one) => ({ ...one, match: {} })) }),
  // Their partitions are mostly values of the input.
  ...(run.produced && { produced: run.produced.map(({ dataset, team }) => bare(dataset, team)) }),
  ...(run.used && {
    used: run.used.map(({ dataset, team, by, at }) => ({ ...bare(dataset, team), by, at })),
  }),
  ...(run.notes && { notes: run.notes.map((note) => ({ ...note, text: NOT_SHOWN })) }),
  steps: run.steps.map((step) => stepWithout(step, asksShown)),
});

function stepWithout(step: Step, asksShown: boolean): Step {
  const { progress, asked, awaits } = step;
  return {
    ...step,
    progress: progress && { ...progress, note: null },
    ...(awaits && { awaits: { ...awaits, match: {} } }),
    ...(asked === undefined || asksShown
      ? {}
      : {
          asked: {
            ...asked,
            show: hidden(asked.show),
            decision: asked.decision && {
              ...asked.decision,
              ...(asked.decision.data === undefined ? {} : { data: HIDDEN }),
            },
          },
        }),
  };
}

const artifactsWithout = ({ items, dropped }: RunArtifacts): RunArtifacts => ({
  items: [],
  dropped: dropped + items.length,
  hidden: true,
});

export const storyWithoutValues = (story: RunStory, asksShown: boolean): RunStory => ({
  ...story,
  run: withoutValues(story.run, asksShown),
  // A job may show whatever it was given, as it may print it.
  artifacts: story.artifacts && artifactsWithout(story.artifacts),
  errors: story.errors.map(({ details, log, ...error }) => ({
    ...error,
    ...(details === undefined ? {} : { details: HIDDEN }),
    // A job may print whatever it was given.
    ...(log && { log: { lines: [], dropped: log.dropped + log.lines.length, hidden: true as const } }),
  })),
});
