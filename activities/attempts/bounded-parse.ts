// What came from outside, held against a job's contract: however large it is and however little it fits, that takes
// bounded time and memory. Zod notes every misfit, and there may be millions.

import { z } from 'zod';
import { isSmall } from '../../goals/wire/text/small-value.ts';
import { stoppable, TookTooLong } from '../../process/stoppable.ts';
import { visitSchema } from '../schema-parts.ts';
import { hasOwnPatterns } from '../slow-patterns.ts';

/** Of more nobody reads. */
const MOST_MISFITS = 500;
/** Of the processor. What fits in an output takes a second. */
const PARSE_MS = 5_000;

export type Parsed<T> = { success: true; data: T } | { success: false; what: string };

/** What the schema makes of a value, or why it does not fit. */
export function parseWithin<T>(schema: z.ZodType<T>, value: unknown, ms = PARSE_MS): Parsed<T> {
  const isWatched = counted(schema) || !isSmall(value);
  misfits = { left: MOST_MISFITS, first: null };
  try {
    const parse = () => schema.safeParse(value);
    const parsed = isWatched ? stoppable({ leftMs: ms }, parse) : parse();
    if (parsed.success) return parsed;
    return { success: false, what: `does not fit its schema: ${z.prettifyError(parsed.error)}` };
  } catch (error) {
    if (error instanceof TookTooLong)
      return { success: false, what: `takes longer than ${ms} ms to be held against its schema` };
    if (error !== TOO_MANY) throw error;
    const such = misfits.first === null ? '' : `, such as: ${z.prettifyError(errorOf(misfits.first))}`;
    return { success: false, what: `does not fit its schema in more than ${MOST_MISFITS} places${such}` };
  } finally {
    misfits = null;
  }
}

type Issue = z.core.$ZodRawIssue;
type Run = z.core.$ZodType['_zod']['run'];

const TOO_MANY = Symbol('too many misfits');

/** Those of the parse that is under way: none waits for anything. */
let misfits: { left: number; first: Issue | null } | null = null;

/** Whether patterns of its own are in the schemas that count already. */
const counting = new WeakMap<object, boolean>();
const instrumented = new WeakSet<object>();
const arms = new WeakSet<object>();

/** Has all parts of a schema count their misfits, once. Whether there are patterns in it that are nobody's but the team's. */
function counted(schema: z.ZodType): boolean {
  const known = counting.get(schema);
  if (known !== undefined) return known;
  visitSchema(schema, '', {
    schema(part, isArm) {
      if (isArm) arms.add(part);
      if (instrumented.has(part)) return;
      instrumented.add(part);
      count(part as unknown as z.core.$ZodType);
    },
  });
  const hasOwn = hasOwnPatterns(schema);
  counting.set(schema, hasOwn);
  return hasOwn;
}

function count(schema: z.core.$ZodType): void {
  const { run } = schema._zod;
  const counts: Run = (payload, ctx) => {
    const before = payload.issues.length;
    const result = run(payload, ctx);
    if (misfits !== null && !(result instanceof Promise)) spend(result.issues, before);
    return result;
  };
  schema._zod.run = (payload, ctx) =>
    misfits !== null && arms.has(schema) ? asArm(schema, counts, payload, ctx) : counts(payload, ctx);
}

/** An arm that does not fit may be followed by one that does: its misfits are its own, until the union has failed. */
function asArm(schema: z.core.$ZodType, run: Run, ...[payload, ctx]: Parameters<Run>): ReturnType<Run> {
  const outer = misfits;
  misfits = { left: MOST_MISFITS, first: null };
  try {
    return run(payload, ctx);
  } catch (error) {
    if (error !== TOO_MANY) throw error;
    const { value: input } = payload;
    payload.issues.push({
      code: 'custom',
      path: [],
      message: 'does not fit in many places',
      input,
      inst: schema,
    });
    return payload;
  } finally {
    misfits = outer;
  }
}

function spend(issues: readonly Issue[], from: number): void {
  if (misfits === null) return;
  for (let i = from; i < issues.length; i++) {
    const issue = issues[i] as Issue;
    misfits.first ??= issue;
    misfits.left -= weightOf(issue);
    if (misfits.left < 0) throw TOO_MANY;
  }
}

/** With those of the arms that it holds. */
function weightOf(issue: Issue): number {
  const { errors = [], issues = [] } = issue as { errors?: unknown[][]; issues?: unknown[] };
  return 1 + issues.length + errors.reduce((sum, list) => sum + list.length, 0);
}

const errorOf = (issue: Issue): z.core.$ZodError =>
  new z.core.$ZodRealError([z.core.util.finalizeIssue(issue, undefined, z.config())]);
