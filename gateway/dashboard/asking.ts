// How pages get what they show: they ask the API as the reader, within the process, and so see what the reader may see.

import type { ProblemCode } from '../../goals/wire/problem-codes.ts';
import type { FieldError } from '../http/problems.ts';

/** Asks the API for a path, with the reader's own credentials. */
export type Ask = (path: string) => Promise<Response>;

/** Sends a body to a path of the API, with the reader's own credentials. */
export type SendToApi = (path: string, body: object, headers?: Record<string, string>) => Promise<Response>;

/** What the API answered that is no answer to the question. */
export interface Refusal {
  status: number;
  code: ProblemCode | 'unknown';
  title: string;
  detail: string;
  /** Of fields of what was sent. */
  errors: readonly FieldError[];
  /** Names that are like one that is not there. */
  near: readonly string[];
  headers: Headers;
}

/** Carries a refusal to the page that shows it. */
export class RefusedAnswer extends Error {
  override readonly name = 'RefusedAnswer';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/**
 * What the API answers for a path, as the route's own schema has it.
 *
 * @throws RefusedAnswer when the API answers with a problem
 */
export const asked = async <Answer>(ask: Ask, path: string): Promise<Answer> => answerIn(await ask(path));

/**
 * What the API answers to a body that is sent to a path.
 *
 * @throws RefusedAnswer when the API answers with a problem
 */
export const sent = async <Answer>(
  send: SendToApi,
  path: string,
  body: object,
  headers?: Record<string, string>,
): Promise<Answer> => answerIn(await send(path, body, headers));

async function answerIn<Answer>(response: Response): Promise<Answer> {
  const body: unknown = await response.json();
  if (response.ok) return body as Answer;
  throw new RefusedAnswer(refusalOf(response, body as Partial<Refusal>));
}

/** What a problem says. */
export const refusalIn = async (response: Response): Promise<Refusal> =>
  refusalOf(response, (await response.json()) as Partial<Refusal>);

function refusalOf(response: Response, { code, title, detail, errors, near }: Partial<Refusal>): Refusal {
  return {
    status: response.status,
    code: code ?? 'unknown',
    title: title ?? 'The gateway has no answer',
    detail: detail ?? '',
    errors: errors ?? [],
    near: near ?? [],
    headers: response.headers,
  };
}

/** The same for what a page can do without; null where the API refuses it, or has no answer at the moment. */
export const askedIfAny = <Answer>(ask: Ask, path: string): Promise<Answer | null> =>
  asked<Answer>(ask, path).catch(nullOf(({ status }) => status !== 401));

/**
 * The same for what need not be there; null where the API refuses it. A page that left it out while Temporal is away would say something else
 * than a moment before.
 */
export const askedIfThere = <Answer>(ask: Ask, path: string): Promise<Answer | null> =>
  asked<Answer>(ask, path).catch(nullOf(({ status }) => status !== 401 && status < 500));

const nullOf = (isNothing: (refusal: Refusal) => boolean) => (error: unknown) => {
  if (error instanceof RefusedAnswer && isNothing(error.refusal)) return null;
  throw error;
};

/** A path with the parameters that have a value. */
export function pathWith(path: string, params: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
