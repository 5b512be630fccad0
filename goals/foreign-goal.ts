import type { z } from 'zod';

/** What an author gives to `foreignGoal`. */
export interface ForeignGoalDeclaration<Input extends z.ZodType, Output extends z.ZodType> {
  /** Its name, which is one of its kind in the namespace. */
  name: string;
  /** As much of its input as is to be given. */
  input: Input;
  /** As much of its output as is to be read. */
  output: Output;
}

/** A goal of another module, known by its contract only: its queue, key and team are found in the catalogue. */
export interface ForeignGoal<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly kind: 'foreign-goal';
  readonly name: string;
  readonly input: Input;
  readonly output: Output;
}

/**
 * Declares a goal of another team, or of another module, so that it can be needed. That team opens it by `usableBy`.
 * It never throws: what is wrong is said when the worker starts.
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
