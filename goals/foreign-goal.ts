// A goal that another module declares, as far as who needs it must know it.

import type { z } from 'zod';

/** The contract of another module's goal: the argument of `foreignGoal`. */
export interface ForeignGoalDeclaration<Input extends z.ZodType, Output extends z.ZodType> {
  /** The goal's name, unique in the Temporal namespace. */
  name: string;
  /** The fields of its input that you give. */
  input: Input;
  /** The fields of its output that you read. */
  output: Output;
}

/** A goal of another module, known by its contract only: a run finds its queue, key and team in the catalogue. */
export interface ForeignGoal<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly kind: 'foreign-goal';
  readonly name: string;
  readonly input: Input;
  readonly output: Output;
}

/**
 * Declares a goal of another team, or of another module, so that your goals can need it. That team opens it by `usableBy`.
 * It never throws: the worker reports all mistakes at once when it starts.
 *
 * @example
 * ```ts
 * import { foreignGoal } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * export const ordersCounted = foreignGoal({
 *   name: 'orders-counted',
 *   input: z.object({ day: z.iso.date() }),
 *   output: z.object({ orders: z.int() }),
 * });
 * ```
 */
export const foreignGoal = <Input extends z.ZodType, Output extends z.ZodType>({
  name,
  input,
  output,
}: ForeignGoalDeclaration<Input, Output>): ForeignGoal<Input, Output> => ({
  kind: 'foreign-goal',
  name,
  input,
  output,
});
