// Why a trigger starts nothing.

export type RefusalCode =
  | 'goal_retired'
  | 'goal_paused'
  | 'input_too_large'
  | 'run_id_taken'
  | 'run_open'
  | 'run_ending'
  | 'input_differs';

/** A trigger that starts nothing as things are. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  readonly code: RefusalCode;
  /** What a program may want to know beside the text. */
  readonly members: Record<string, string>;
  constructor(code: RefusalCode, message: string, members: Record<string, string> = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
}
