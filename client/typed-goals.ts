// The goals of a client, typed by a team's goals module alone, or by what `goalkeeper generate` wrote: nothing of either is
// there at run time. A goal is told by its shape, so that the types of no schema library are needed.

import type { GoalShape } from './run-of.ts';

/** The input side of a schema: what travels, before the schema transforms it. */
type Given<Schema> = Schema extends { _zod: { input: infer Input } } ? Input : unknown;

type ShapeOfGoal<One> = One extends { kind: 'goal'; name: infer Name; input: infer In; output: infer Out }
  ? { name: Name & string; input: Given<In>; output: Given<Out> }
  : never;

/** By name, from a list of goals as a module exports it, or from a map as `goalkeeper generate` writes it. */
export type ShapesOf<Goals> = Goals extends readonly (infer One)[]
  ? { [Each in ShapeOfGoal<One> as Each['name']]: Each }
  : {
      [Name in keyof Goals & string]: Goals[Name] extends { input: infer Input; output: infer Output }
        ? { name: Name; input: Input; output: Output }
        : GoalShape;
    };

/** `daily-revenue` as `dailyRevenue`; a name with a digit after a dash stays as it is. */
export type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? Rest extends `${number}${string}`
    ? Name
    : `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** The name of a goal that is asked for in camel case, or by its name. */
export const exactName = (asked: string): string =>
  asked.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
