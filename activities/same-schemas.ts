// Whether the workflow bundle makes a team's schemas as Node does. A bundler that takes one of zod's functions for another
// does so in silence: every run would then fail, with an input that is right.

import assert from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createContext, Script } from 'node:vm';
import type { Goal, Job } from '../goals/index.ts';
import { StartProblem } from '../process/start-problem.ts';

const EVALUATION_MS = 10_000;
const MOST_DIFFERENCES = 20;
/** A schema that makes itself anew each time it is asked for its parts has no end. */
const MOST_DEPTH = 40;

/** Compares the schemas of goals and their jobs. Throws a `StartProblem` that names goal and path of each difference. */
export function requireSameSchemas(
  bundle: { code: string },
  goals: readonly Goal[],
  goalsModule: string,
): void {
  const bundled = new Map(goalsOf(bundle.code, goalsModule).map((goal) => [goal.name, goal]));
  const found = goals.flatMap((goal) => {
    const other = bundled.get(goal.name);
    return other === undefined
      ? []
      : differencesOf(goal, other).map((what) => `  goal '${goal.name}': ${what}`);
  });
  if (found.length === 0) return;
  const more = found.length - MOST_DIFFERENCES;
  throw new StartProblem(
    'bundle_differs',
    `the workflow bundle of ${goalsModule} makes other schemas than Node does:\n` +
      [...found.slice(0, MOST_DIFFERENCES), ...(more > 0 ? [`  and ${more} more`] : [])].join('\n') +
      '\nRuns would refuse inputs that are right. Where the module itself makes the same schemas everywhere, the bundler is at ' +
      'fault: install the versions of webpack and zod that goalkeeper’s own lockfile names, and report it.',
  );
}

/** The goals as the bundle makes them, outside of any run. */
function goalsOf(code: string, goalsModule: string): readonly Goal[] {
  const run = evaluated(code);
  try {
    return run('__TEMPORAL__.importWorkflows().goals') as readonly Goal[];
  } catch (error) {
    throw new StartProblem(
      'goals_impure',
      `${goalsModule} cannot run in Temporal's sandbox, where goals live: ${(error as Error)?.message}. ` +
        'What it needs of Node belongs in jobs.',
    );
  }
}

/** Evaluates a bundle in a sandbox of its own, without a run. The result evaluates scripts there. */
export function evaluated(code: string): (script: string) => unknown {
  const quiet = () => undefined;
  const context = createContext({
    ...{ URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AsyncLocalStorage, assert },
    console: { log: quiet, warn: quiet, error: quiet, info: quiet, debug: quiet },
    __webpack_module_cache__: {},
  });
  const run = (script: string): unknown =>
    new Script(script).runInContext(context, { timeout: EVALUATION_MS });
  run('globalThis.__kept = { Date, random: Math.random }');
  run(code);
  // The SDK's own give a run's time and chance, and throw where there is no run.
  run('Date = __kept.Date; Math.random = __kept.random; setTimeout = () => 0');
  return run;
}

/** What differs between a goal and the one that the bundle makes of it. */
export function differencesOf(goal: Goal, other: Goal): string[] {
  const found: string[] = [];
  const walk = new Walk((what) => found.push(what));
  walk.compare(goal.input, other.input, 'input');
  walk.compare(goal.output, other.output, 'output');
  const jobs = new Map(other.jobs.map((job) => [job.name, job]));
  for (const job of goal.jobs) compareContracts(walk, `job '${job.name}'`, job, jobs.get(job.name));
  const needs = new Map(other.needs.map((needed) => [needed.name, needed]));
  for (const needed of goal.needs)
    compareContracts(walk, `needed goal '${needed.name}'`, needed, needs.get(needed.name));
  return found;
}

type Contract = Pick<Job, 'input' | 'output'>;

function compareContracts(walk: Walk, name: string, contract: Contract, other: Contract | undefined): void {
  walk.compare(contract.input, other?.input, `${name}: input`);
  walk.compare(contract.output, other?.output, `${name}: output`);
}

/** What zod keeps of a schema. */
interface Schema {
  _zod: { traits: Set<string>; def: Record<string, unknown>; innerType?: unknown };
}

/** Fields of a definition that may differ each time they are read, or whose place adds nothing to a path. */
const CHANGING = ['defaultValue', 'catchValue', 'error', 'getter'];
const WRAPPERS = ['innerType', 'in', 'out', 'shape', 'schema'];

class Walk {
  readonly #seen = new Map<unknown, unknown>();
  readonly #report: (what: string) => void;

  constructor(report: (what: string) => void) {
    this.#report = report;
  }

  compare(ours: unknown, theirs: unknown, path: string, depth = 0): void {
    if (typeof ours === 'object' && ours !== null) {
      if (depth > MOST_DEPTH || (this.#seen.has(ours) && this.#seen.get(ours) === theirs)) return;
      this.#seen.set(ours, theirs);
    }
    if (isSchema(ours) && isSchema(theirs)) this.#compareSchemas(ours, theirs, path, depth);
    else if (kindOf(ours) !== kindOf(theirs)) this.#differ(ours, theirs, path);
    else this.#compareValues(ours, theirs, path, depth);
  }

  #compareSchemas(ours: Schema, theirs: Schema, path: string, depth: number): void {
    const [mine, other] = [ours._zod.traits, theirs._zod.traits].map((traits) => [...traits].sort().join());
    if (mine !== other || kindNameOf(ours) !== kindNameOf(theirs)) {
      this.#differ(ours, theirs, path);
      return;
    }
    // What `z.lazy` stands for, as zod remembers it.
    if (ours._zod.def.type === 'lazy')
      this.compare(ours._zod.innerType, theirs._zod.innerType, path, depth + 1);
    const fields = new Set([...Object.keys(ours._zod.def), ...Object.keys(theirs._zod.def)]);
    for (const field of fields)
      if (!CHANGING.includes(field)) {
        const at = WRAPPERS.includes(field) ? path : field === 'element' ? `${path}[]` : `${path}.${field}`;
        this.compare(ours._zod.def[field], theirs._zod.def[field], at, depth + 1);
      }
  }

  #compareValues(ours: unknown, theirs: unknown, path: string, depth: number): void {
    const kind = kindOf(ours);
    if (kind === 'RegExp') {
      if (String(ours) !== String(theirs)) this.#differ(ours, theirs, path);
    } else if (kind === 'Array' || kind === 'Set' || kind === 'Map') {
      const [mine, other] = [[...(ours as unknown[])], [...(theirs as unknown[])]];
      if (mine.length !== other.length) this.#differ(mine.length, other.length, `${path}.length`);
      else for (const [i, item] of mine.entries()) this.compare(item, other[i], `${path}[${i}]`, depth + 1);
    } else if (isPlain(ours) && isPlain(theirs)) {
      for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)]))
        this.compare(ours[key], theirs[key], `${path}.${key}`, depth + 1);
    } else if (typeof ours !== 'object' && typeof ours !== 'function' && !Object.is(ours, theirs))
      // Of functions, dates and the like it is enough that both are one: each side has its own.
      this.#differ(ours, theirs, path);
  }

  #differ(ours: unknown, theirs: unknown, path: string): void {
    this.#report(`${path} is ${shown(ours)} in Node, and ${shown(theirs)} in the bundle`);
  }
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && '_zod' in value;

/** `Array`, `RegExp`, `String`: the same for the sandbox's own as for Node's. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** `string (date)`, `date`, `number`. */
function kindNameOf({ _zod: { def } }: Schema): string {
  const more = def.format ?? def.check;
  return `${def.type ?? 'check'}${more === undefined ? '' : ` (${more})`}`;
}

const shown = (value: unknown): string =>
  isSchema(value) ? kindNameOf(value) : typeof value === 'object' ? kindOf(value) : String(value);
