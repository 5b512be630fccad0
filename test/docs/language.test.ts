// The reference of the language leaves nothing out, and the defaults that docstrings name are those that apply.

import { expect, test } from 'vitest';
import { milliseconds } from '../../goals/duration.ts';
import { DEFAULT_HEARTBEAT_MS, job } from '../../goals/job.ts';
import { DEFAULT_PERSISTENCE, DEFAULT_RETRY, DEFAULT_TIMEOUT_MS } from '../../goals/policy.ts';
import { schedule } from '../../goals/schedule.ts';
import { declaredLanguage } from './declared-language.ts';
import { languageIssues } from './language-reference.ts';

test('every name that teams import is in the reference, each option with its meaning, default and an example', () => {
  expect(languageIssues()).toEqual([]);
});

const language = declaredLanguage();

/** The value that a docstring begins with: `'5m'`, `0.2`, `[]`. */
function defaultOf(type: string, option: string): unknown {
  const declared = language.find(({ name }) => name === type)?.members.find(({ name }) => name === option);
  const value = /^(?:'[^']*'|[\d.]+|true|false|\[\])/.exec(declared?.doc.default ?? '')?.[0];
  if (value === undefined) throw new Error(`${type}.${option} has no default that is a value`);
  return JSON.parse(value.replaceAll("'", '"'));
}

test('the defaults of policies are those that docstrings name', () => {
  const of = (option: string): unknown => defaultOf('RetryDeclaration', option);
  expect({
    attempts: of('attempts'),
    delayMs: milliseconds(of('delay')),
    backoff: of('backoff'),
    maxDelayMs: milliseconds(of('maxDelay')),
    jitter: of('jitter'),
    permanent: of('permanent'),
  }).toEqual(DEFAULT_RETRY);
  expect(milliseconds(defaultOf('PersistenceDeclaration', 'after'))).toBe(DEFAULT_PERSISTENCE.afterMs);
  expect(milliseconds(defaultOf('JobDeclaration', 'timeout'))).toBe(DEFAULT_TIMEOUT_MS);
  expect(milliseconds(defaultOf('JobDeclaration', 'heartbeat'))).toBe(DEFAULT_HEARTBEAT_MS);
  const { quick, inline } = job({ name: 'a', input: {} as never, output: {} as never });
  expect({ quick, inline }).toEqual({
    quick: defaultOf('JobDeclaration', 'quick'),
    inline: defaultOf('JobDeclaration', 'inline'),
  });
});

test('the defaults of a schedule are those that docstrings name', () => {
  const of = (option: string): unknown => defaultOf('ScheduleOptions', option);
  expect(schedule('@daily', { input: () => ({}) }).terms).toMatchObject({
    name: of('name'),
    timezone: of('timezone'),
    overlap: of('overlap'),
    catchUp: of('catchUp'),
    jitterMs: of('jitter'),
    withinMs: milliseconds(of('within')),
  });
});
