// An action of the API as a form: what is asked, and what happens then. Its page has an address of its own, which is nearly always
// the API's: a browser that asks for it gets the form, and sends the form there.

import type { Child } from 'hono/jsx';
import type { Role } from '../../http/route.ts';
import type { Ask, SendToApi } from '../asking.ts';
import type { PageReader } from '../reader.ts';
import type { ShownPage } from '../shell.tsx';
import type { PageClock } from '../times.ts';
import type { DoneName } from './done.ts';
import type { FormField } from './form-fields.ts';

export interface ActionButton {
  words: string;
  /** What it sets of the body. */
  sets?: readonly [name: string, value: string];
  isDangerous?: boolean;
}

/** Shows what would happen, and does nothing. */
export interface Trial {
  words: string;
  /** Nothing is done before it was shown, of the same body. */
  isFirst?: true;
  show(body: Record<string, unknown>, send: SendToApi): Promise<Child>;
}

export interface Action extends Pick<ShownPage, 'sentence' | 'screen' | 'crumbs'> {
  role: Role;
  /** Whose thing it is; null where it is no team's, or of several. Absent where it takes up what is the reader's. */
  team?: string | null;
  /** Why the reader may not, although they have the role. */
  mayNot?: string | undefined;
  /** What happens. */
  lead: Child;
  /** What is to be seen before. */
  above?: Child;
  fields: readonly FormField[];
  /** Whether the API takes a reason, and whether it needs one. */
  reason: 'needed' | 'taken' | 'none';
  /** What the reason is for, where it is not kept alone. */
  reasonHint?: string;
  /** A reason that somebody has proposed. */
  proposed?: string | undefined;
  /** The first is the one that Enter presses. */
  buttons: readonly [ActionButton, ...ActionButton[]];
  trial?: Trial;
  /** The path of the API that the body is sent to. */
  to: string;
  /** Whether the API takes an `Idempotency-Key`, so that the form can be sent twice. */
  isKeyed?: boolean;
  /** The body, where it is not as the fields have it. */
  finish?(body: Record<string, unknown>): Record<string, unknown>;
  /** Where problems of fields lie in the body, by the code of the problem. */
  within?: Readonly<Record<string, string>>;
  done: DoneName;
  /** The page that shows what came of it. */
  after(answer: unknown): string;
}

/** What an action is made of. */
export interface Opening {
  ask: Ask;
  reader: PageReader;
  clock: PageClock;
  query: Readonly<Record<string, string | undefined>>;
}

/** Where the page of an action is, and how it is made. */
export interface ActionRow {
  /** Its groups are what `open` gets. */
  path: RegExp;
  query?: readonly string[];
  open(names: readonly [string, string], opening: Opening): Promise<Action>;
}
