// What a host is asked for by an update, and what it answers. Both stay in its history: what is the same of many of them is sent once.

import { z } from 'zod';
import { criterionSchema } from './failure.ts';
import { ledgerSchema } from './ledger.ts';
import { prioritySchema } from './priority.ts';
import { runFaultSchema } from './run-fault.ts';
import { type Why, whySchema } from './run-view.ts';

/** JSON of the asks of one update, and how many they are. */
export const ASKS_BYTES = 160 * 1024;
export const ASKS = 64;

/** JSON of the answers of one update. */
export const ANSWERS_BYTES = 192 * 1024;

export const lightAskSchema = z.object({
  /** The key's part of the run's ID. */
  key: z.string(),
  /** The key as the input gave it, where that is something else. */
  original: z.string().optional(),
  input: z.unknown(),
  why: whySchema,
  /** Names the request, as `AskedRun` does. */
  identity: z.string().optional(),
  /** Verified people whose run it is, as `AskedRun` has them. */
  actors: z.array(z.string()).optional(),
  /** Pursue again what is achieved. */
  force: z.literal(true).optional(),
  /** The goal is paused: nothing is started, and what there is is answered. */
  paused: z.literal(true).optional(),
  /** It has more than a light run may have, and is an ordinary one. */
  ordinary: z
    .object({
      startAt: z.string().optional(),
      fault: runFaultSchema.optional(),
      priority: prioritySchema.optional(),
    })
    .optional(),
});
/** A run that is asked for. */
export type LightAsk = z.infer<typeof lightAskSchema>;

interface LightAsks {
  runs: LightAsk[];
}

/**
 * `key` is left out where the input's field `by` of the request has it. `at`: so many milliseconds after the first was asked for, by whom the first
 * was, and for the same reason; else `why`.
 */
const sentAskSchema = lightAskSchema.omit({ key: true, why: true }).extend({
  key: z.string().optional(),
  at: z.number().optional(),
  why: whySchema.optional(),
});

const sentRequestSchema = z.object({
  gk: z.literal(2),
  /** Of the first. */
  why: whySchema,
  by: z.string().optional(),
  runs: z.array(sentAskSchema).max(ASKS),
});
/** The argument of the update `gk-pursue-light`. */
export type LightRequest = z.input<typeof sentRequestSchema>;

/** Of one ask at least. */
export function lightRequest(asks: readonly LightAsk[]): LightRequest {
  const [{ why: first, input, key: firstKey }] = asks as [LightAsk];
  const begun = Date.parse(first.at);
  const by = Object.entries(Object(input)).find(([, value]) => value === firstKey)?.[0];
  const runs = asks.map(({ why, key, ...rest }) => {
    const ask = keyIn(rest.input, by) === key ? rest : { key, ...rest };
    const at = Date.parse(why.at) - begun;
    if (JSON.stringify(whyAfter(first, at)) !== JSON.stringify(why)) return { ...ask, why };
    return at === 0 || Number.isNaN(at) ? ask : { ...ask, at };
  });
  return { gk: 2, why: first, ...(by === undefined ? {} : { by }), runs };
}

/** The text that the field of an input is; undefined of anything else. */
function keyIn(input: unknown, by: string | undefined): string | undefined {
  const value: unknown = by !== undefined && Object.hasOwn(Object(input), by) ? Object(input)[by] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function whyAfter(why: Why, ms: number): Why {
  const at = Date.parse(why.at) + ms;
  return ms === 0 || Number.isNaN(at) ? why : { ...why, at: new Date(at).toISOString() };
}

/** Reads a `LightRequest`, and what was sent before there was one: each run with a reason of its own. */
export const lightRequestSchema = z.union([
  sentRequestSchema
    .refine(({ by, runs }) => runs.every(({ key, input }) => (key ?? keyIn(input, by)) !== undefined))
    .transform(
      ({ why: first, by, runs }): LightAsks => ({
        runs: runs.map(({ at = 0, why, key, ...ask }) => ({
          ...ask,
          key: key ?? (keyIn(ask.input, by) as string),
          why: why ?? whyAfter(first, at),
        })),
      }),
    ),
  z.object({ gk: z.literal(1), runs: z.array(lightAskSchema).max(ASKS) }),
]);

const lightStepSchema = z.object({
  path: z.string(),
  job: z.string(),
  /** After how many milliseconds of the run it began, and how many it took, its retries included. */
  at: z.number(),
  ms: z.number(),
  /** Errors that healed. */
  ledger: ledgerSchema.optional(),
});
export type LightStep = z.infer<typeof lightStepSchema>;

const achievedLightSchema = z.object({
  end: z.literal('achieved'),
  execution: z.string(),
  /** In milliseconds since 1970. */
  begun: z.number(),
  closed: z.number(),
  output: z.unknown().optional(),
  criteria: z.array(criterionSchema),
  steps: z.array(lightStepSchema),
});
/** How a light run ended, which is always so: it is achieved. */
export type AchievedLight = z.infer<typeof achievedLightSchema>;

export const startedHowSchema = z.enum(['started', 'joined', 'achieved']);

const lightAnswerSchema = z.discriminatedUnion('end', [
  achievedLightSchema,
  /** The request got another light execution: one that was under way, or one that had achieved the goal. */
  z.object({ end: z.literal('same'), how: startedHowSchema, execution: z.string() }),
  /** It is an ordinary run, of this execution. */
  z.object({
    end: z.literal('ordinary'),
    how: startedHowSchema,
    execution: z.string(),
  }),
  /** No run was started as things are. */
  z.object({ end: z.literal('refused'), code: z.string(), message: z.string() }),
]);
export type LightAnswer = z.infer<typeof lightAnswerSchema>;

interface LightAnswers {
  answers: LightAnswer[];
}

/** An achieved run, whose execution is `host` of the result and its place. */
const sentAchievedSchema = z.object({
  /** Which of `alike` it is like. */
  like: z.int(),
  /** After how many milliseconds of the first it began, where that is not at once, and how many it took. */
  after: z.number().optional(),
  ms: z.number(),
  output: z.unknown().optional(),
  /** Of each step, in order, `at` and `ms`. */
  took: z.array(z.number()),
  /** Errors that healed, by the step's place. */
  ledgers: z.record(z.string(), ledgerSchema).optional(),
});

const sentResultSchema = z.object({
  gk: z.literal(2),
  /** With what the light executions of this update begin. */
  host: z.string(),
  /** When the first began, in milliseconds since 1970. */
  begun: z.number(),
  /** Criteria and steps of achieved runs, each once. */
  alike: z.array(
    z.object({
      criteria: z.array(criterionSchema),
      steps: z.array(lightStepSchema.pick({ path: true, job: true })),
    }),
  ),
  answers: z.array(z.union([sentAchievedSchema, lightAnswerSchema])),
});
/** The result of the update: an answer for each ask, in order. */
export type LightResult = z.input<typeof sentResultSchema>;

/** `host` is with what the executions of these runs begin: the place of each is the rest. */
export function lightResult(host: string, answers: readonly LightAnswer[]): LightResult {
  const alike = new Map<string, { like: number; told: LightResult['alike'][number] }>();
  const first = answers.find(({ end }) => end === 'achieved') as AchievedLight | undefined;
  const { begun: firstBegun } = first ?? { begun: 0 };
  const sent = answers.map((answer, place) => {
    if (answer.end !== 'achieved' || answer.execution !== `${host}.${place}`) return answer;
    const { begun, closed, output, criteria, steps } = answer;
    const told = { criteria, steps: steps.map(({ path, job }) => ({ path, job })) };
    const name = JSON.stringify(told);
    const { like } = alike.get(name) ?? { like: alike.size };
    alike.set(name, { like, told });
    const ledgers = steps.flatMap(({ ledger }, i) =>
      ledger === undefined ? [] : [[String(i), ledger] as const],
    );
    return {
      like,
      ...(begun === firstBegun ? {} : { after: begun - firstBegun }),
      ms: closed - begun,
      ...(output === undefined ? {} : { output }),
      took: steps.flatMap(({ at, ms }) => [at, ms]),
      ...(ledgers.length === 0 ? {} : { ledgers: Object.fromEntries(ledgers) }),
    };
  });
  return {
    gk: 2,
    host,
    begun: firstBegun,
    alike: [...alike.values()].map(({ told }) => told),
    answers: sent,
  };
}

/** Reads a `LightResult`, and what was sent before there was one: each answer whole. */
export const lightResultSchema = z.union([
  sentResultSchema.transform(
    ({ host, begun: firstBegun, alike, answers }): LightAnswers => ({
      answers: answers.map((answer, place) => {
        if ('end' in answer) return answer;
        const { like, after = 0, ms, took, ledgers = {}, ...rest } = answer;
        const begun = firstBegun + after;
        const { criteria, steps } = alike[like] ?? { criteria: [], steps: [] };
        return {
          ...{ end: 'achieved', execution: `${host}.${place}`, begun, closed: begun + ms, ...rest, criteria },
          steps: steps.map((step, i) => {
            const ledger = ledgers[String(i)];
            return { ...step, at: took[2 * i] ?? 0, ms: took[2 * i + 1] ?? 0, ...(ledger && { ledger }) };
          }),
        };
      }),
    }),
  ),
  z.object({ gk: z.literal(1), answers: z.array(lightAnswerSchema) }),
]);
