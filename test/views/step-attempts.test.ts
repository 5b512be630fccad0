import { readdirSync, readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, test } from 'vitest';
import { type RunStory, runView } from '../../views/run-view.ts';
import { stepAttempts } from '../../views/step-attempts.ts';

const histories = new URL('../histories/', import.meta.url);

function recorded(name: string): RunStory {
  const read = (kind: string) => JSON.parse(readFileSync(new URL(`${name}.${kind}.json`, histories), 'utf8'));
  const { id, execution } = read('view').run;
  const events = historyFromJSON(read('history')).events ?? [];
  return runView({ id, execution, events, pendingActivities: [], now: 0 });
}

const NAMES = readdirSync(histories, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.view.json'))
  .map((name) => name.replace('.view.json', ''));

test.each(NAMES)('the attempts of each step are whole and in order: %s', (name) => {
  const story = recorded(name);
  for (const step of story.run.steps.filter(({ kind, kept }) => kind === 'job' && kept === null)) {
    const told = stepAttempts(story, step.path);
    const items = told?.items ?? [];
    const begun = items.filter(({ state }) => state !== 'waiting');
    expect([step.path, begun.length + (told?.omitted ?? 0)]).toEqual([step.path, step.attempts]);
    expect(items.filter(({ error }) => error !== null)).toHaveLength(
      story.errors.filter((error) => error.step === step.path).length,
    );
    if (step.state !== 'succeeded') continue;
    expect(items.at(-1)).toMatchObject({ state: 'succeeded', closedAt: step.closedAt, error: null });
    expect(items.at(-1)?.worker).toEqual(expect.any(String));
    for (const [i, { startedAt, closedAt }] of items.entries()) {
      if (startedAt !== null && closedAt !== null) expect(startedAt <= closedAt).toBe(true);
      const before = items[i - 1]?.closedAt;
      if (startedAt !== null && before) expect(startedAt >= before).toBe(true);
    }
  }
});

describe('of a step', () => {
  const story = recorded('0.1.1-struggling/achieved-after-errors');

  test('that healed, the errors and the attempt that succeeded', () => {
    const healed = story.run.steps.find(({ errors }) => errors.recovered > 0);
    const items = stepAttempts(story, healed?.path ?? '')?.items ?? [];
    expect(items.length).toBeGreaterThan(1);
    expect(items.slice(0, -1).every(({ error }) => error?.disposition === 'recovered')).toBe(true);
  });

  test('that succeeded at once, when and where', () => {
    const clean = recorded('0.1.1-struggling/achieved-clean');
    const [step] = clean.run.steps.filter(({ kind }) => kind === 'job');
    const [one, ...others] = stepAttempts(clean, step?.path ?? '')?.items ?? [];
    expect(others).toEqual([]);
    expect(one?.startedAt).toEqual(expect.any(String));
    expect(one?.ms).toBe(Date.parse(one?.closedAt ?? '') - Date.parse(one?.startedAt ?? ''));
  });

  test('that is not there, nothing', () => {
    expect(stepAttempts(story, 'nothing#1')).toBeNull();
  });
});
