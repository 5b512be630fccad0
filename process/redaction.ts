// Secrets by a team's own patterns, beside those that are built in: GOALKEEPER_REDACT is a JSON list of regular
// expressions, or a file that holds one, or one pattern a line. `/…/i` gives flags.
//
// They run in a context of their own that is stopped when they take too long: then nothing of the text is shown.

import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';
import { READ, REDACTED, redactedText } from '../goals/wire/text/redact.ts';
import { StartProblem } from './start-problem.ts';
import { stoppable } from './stoppable.ts';

/** Texts with their secrets replaced, each cut to what is ever kept of one. */
export type Redact = (texts: readonly string[]) => string[];

/** Of the processor. */
const TAKES_TOO_LONG_MS = 100;
const NOT_SHOWN = '<not shown: a pattern of GOALKEEPER_REDACT takes too long with it>';
const MOST_PATTERNS = 200;

/** How long texts as long as one that took too long are not tried again. */
const OFF_MS = 10_000;

// What makes a pattern that can match one text in many ways try them all: of few characters one that tries ever more with
// each, of many one that begins anew at each.
const PARTS = ['a', '0', ' ', 'ab', 'a1-', '/', '=', 'aA0_'];
const REPETITIONS = [32, 4000];

/** Reads GOALKEEPER_REDACT. Throws a `StartProblem` for a pattern that is none, matches nothing at all, or takes too long. */
export function redactionFrom(environment: NodeJS.ProcessEnv): Redact {
  const given = environment.GOALKEEPER_REDACT?.trim() ?? '';
  const builtIn: Redact = (texts) => texts.map(redactedText);
  if (given === '') return builtIn;
  const patterns = patternsFrom(given);
  for (const pattern of patterns) prove(pattern);
  const apply = bounded(patterns);
  return untilTooLong((texts) => builtIn(texts), apply);
}

/** What takes too long is not shown, and what is as long is not tried for a while: a flood of such would hold up all else. */
function untilTooLong(builtIn: Redact, apply: (texts: readonly string[]) => string[] | null): Redact {
  let shortest = Number.POSITIVE_INFINITY;
  let offUntil = Number.NEGATIVE_INFINITY;
  const alone = (text: string): string => {
    if (text.length >= shortest) return NOT_SHOWN;
    const shown = apply([text])?.[0];
    if (shown !== undefined) return shown;
    shortest = text.length;
    offUntil = performance.now() + OFF_MS;
    return NOT_SHOWN;
  };
  return (texts) => {
    if (performance.now() > offUntil) shortest = Number.POSITIVE_INFINITY;
    const clean = builtIn(texts);
    if (clean.length === 1 || clean.some(({ length }) => length >= shortest)) return clean.map(alone);
    return apply(clean) ?? eachAlone(clean, alone);
  };
}

/** The shortest first, so that most are shown. */
function eachAlone(texts: readonly string[], alone: (text: string) => string): string[] {
  const shown: string[] = [];
  const order = texts.map((text, i) => ({ text, i })).sort((a, b) => a.text.length - b.text.length);
  for (const { text, i } of order) shown[i] = alone(text);
  return shown;
}

const invalid = (what: string): StartProblem =>
  new StartProblem('redact_invalid', `GOALKEEPER_REDACT ${what}`);

function patternsFrom(given: string): RegExp[] {
  const list = given.startsWith('[') ? given : contentOf(given);
  const sources = list.trim().startsWith('[') ? listed(list) : lines(list);
  if (sources.length > MOST_PATTERNS)
    throw invalid(`holds ${sources.length} patterns; ${MOST_PATTERNS} at most`);
  return sources.map((source) => {
    const [, body = source, flags = ''] = /^\/(.*)\/([imsu]*)$/s.exec(source) ?? [];
    try {
      return new RegExp(body, `g${flags}`);
    } catch (error) {
      throw invalid(`holds ${JSON.stringify(source)}, which is not a pattern: ${(error as Error).message}`);
    }
  });
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`is no JSON list, and no file that can be read: ${(error as Error).message}`);
  }
}

function listed(json: string): string[] {
  try {
    const list: unknown = JSON.parse(json);
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  } catch {}
  throw invalid('is no JSON list of texts; write such as ["CUST-[0-9]+"]');
}

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

function prove(pattern: RegExp): void {
  if (new RegExp(pattern).test(''))
    throw invalid(`holds ${pattern}, which matches an empty text, so everything`);
  // What it repeats is likely among its own letters.
  const own = pattern.source.replace(/\\.|[^\w ]/g, '').slice(0, 8);
  const parts = own === '' ? PARTS : [...PARTS, own];
  const apply = bounded([pattern]);
  for (const times of REPETITIONS)
    for (const part of parts) {
      const probe = [`${part.repeat(times)}\u0001`.slice(-READ)];
      // Once more: a busy machine is slow as well.
      if (apply(probe) === null && apply(probe) === null)
        throw invalid(
          `holds ${pattern}, which takes too long with some texts: a repetition within a repetition, or one that may begin anywhere; bound it, such as {1,64}`,
        );
    }
}

/** Null when it took too long. */
function bounded(patterns: readonly RegExp[]): (texts: readonly string[]) => string[] | null {
  const context = createContext({ texts: '[]' });
  new Script(
    `const patterns = ${JSON.stringify(patterns.map(({ source, flags }) => [source, flags]))}.map(([s, f]) => new RegExp(s, f));`,
  ).runInContext(context);
  const script = new Script(
    `JSON.stringify(JSON.parse(texts).map((text) => patterns.reduce((t, p) => t.replace(p, ${JSON.stringify(REDACTED)}), text)))`,
  );
  return (texts) => {
    context.texts = JSON.stringify(texts);
    try {
      const clean = stoppable({ leftMs: TAKES_TOO_LONG_MS }, () => script.runInContext(context) as string);
      return JSON.parse(clean) as string[];
    } catch {
      return null;
    }
  };
}
