/** A command cannot do what was asked, by its own judgement: the message says what is wrong and how to mend it. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
  readonly code: string;
  readonly exit: 'wrong' | 'refused';
  /** Where it is about fields of an input: what is wrong with each. */
  readonly errors: readonly { path: string; message: string }[];

  constructor(
    code: string,
    message: string,
    more: { exit?: 'wrong' | 'refused'; errors?: readonly { path: string; message: string }[] } = {},
  ) {
    super(message);
    this.code = code;
    this.exit = more.exit ?? 'wrong';
    this.errors = more.errors ?? [];
  }
}
