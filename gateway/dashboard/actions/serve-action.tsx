/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of an action, and what happens when its form is sent: it becomes the body that a program would send, and the API decides.

import type { Child } from 'hono/jsx';
import { canonicalJson } from '../../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../../goals/wire/text/sha256.ts';
import type { FieldError } from '../../http/problems.ts';
import { RefusedAnswer, type SendToApi, sent } from '../asking.ts';
import type { PageReader } from '../reader.ts';
import type { ShownPage } from '../shell.tsx';
import { visible } from '../text.tsx';
import type { Action } from './action.ts';
import { curlOf } from './curl.ts';
import { havingDone } from './done.ts';
import { ActionForm, FORM_KEY, fieldsOf, INSTEAD, PLANNED, type SentBefore } from './form.tsx';
import { readForm } from './form-fields.ts';

/** Where the page of an action is, and who reads it. */
export interface ActionPlace {
  path: string;
  /** The address of the gateway as the reader has it. */
  origin: string;
  reader: PageReader;
}

const mayDo = ({ role, team, mayNot }: Action, reader: PageReader): boolean =>
  mayNot === undefined && reader.may(role, team);

/** Who may, for whoever may not. */
const whoMay = ({ role, team, mayNot }: Action): string =>
  mayNot ??
  `Only who has the role ${role === 'operator' ? 'operator or admin' : role}${team === undefined ? '' : team === null ? ' for every team' : ` for the team ${visible(team)}`} may do this.`;

export function actionPage(
  action: Action,
  { path, reader }: ActionPlace,
  before: SentBefore | null = null,
): ShownPage {
  const isTheirs = mayDo(action, reader);
  const isRefused = before !== null && (before.refusal !== null || before.errors.length > 0);
  return {
    ...{ sentence: action.sentence, screen: action.screen },
    ...(action.crumbs === undefined ? {} : { crumbs: action.crumbs }),
    status: isRefused ? 422 : isTheirs ? 200 : 403,
    body: (
      <div class="action">
        <h1>{visible(action.sentence)}</h1>
        <p class="lead">{action.lead}</p>
        {action.above ?? null}
        {isTheirs ? (
          <ActionForm action={action} path={path} reader={reader} before={before} />
        ) : (
          <div class="banner" role={before === null ? 'note' : 'alert'}>
            <p>
              {before?.refusal ? <b>{before.refusal.title}. </b> : null}
              {whoMay(action)}
            </p>
          </div>
        )}
      </div>
    ),
  };
}

/** Does what a form says: the address to go to, or the page with what is wrong. */
export async function doAction(
  action: Action,
  place: ActionPlace,
  form: URLSearchParams,
  send: SendToApi,
): Promise<ShownPage | string> {
  const { reader } = place;
  const read = readForm(fieldsOf(action, reader), form);
  Object.assign(read.body, pressedIn(action, form));
  const again = (extra: Partial<SentBefore>): ShownPage =>
    actionPage(action, place, { form, errors: [], refusal: null, shown: null, planned: null, ...extra });
  // Whoever may not hears what the API says of it, and not what is wrong with a field.
  if (read.errors.length > 0 && mayDo(action, reader)) return again({ errors: read.errors });
  const body = action.finish?.(read.body) ?? read.body;
  const key = form.get(FORM_KEY);
  const headers: Record<string, string> = action.isKeyed === true && key ? { 'idempotency-key': key } : {};
  if (form.get(INSTEAD) === 'curl')
    return again({
      shown: (
        <Command
          text={curlOf({
            ...{ origin: place.origin, path: action.to, body, headers },
            needsToken: reader.name !== null,
          })}
        />
      ),
    });
  try {
    const planned = plannedOf(body);
    const isToBeShown = action.trial?.isFirst === true && form.get(PLANNED) !== planned;
    if (action.trial !== undefined && (isToBeShown || form.get(INSTEAD) === 'trial'))
      return again({ shown: await action.trial.show(body, send), planned });
    const answer = await sent<{ pending?: string } | null>(send, action.to, body, headers);
    return havingDone(action.after(answer), answer?.pending === undefined ? action.done : 'kept');
  } catch (error) {
    if (!(error instanceof RefusedAnswer) || error.refusal.status === 401) throw error;
    return refusedAgain(action, error, again);
  }
}

/** The same for what does the same, whoever asks for it and why. */
const plannedOf = ({ by: _, reason: __, ...body }: Record<string, unknown>): string =>
  sha256(canonicalJson(body)).slice(0, 24);

/** What the button that was pressed sets; the first, where another showed something instead. */
function pressedIn({ buttons }: Action, form: URLSearchParams): Record<string, string> {
  const sets = buttons.flatMap((button) => (button.sets === undefined ? [] : [button.sets]));
  const pressed = sets.find(([name, value]) => form.get(name) === value) ?? sets[0];
  return pressed === undefined ? {} : { [pressed[0]]: pressed[1] };
}

function refusedAgain(
  { within = {} }: Action,
  { refusal }: RefusedAnswer,
  again: (extra: Partial<SentBefore>) => ShownPage,
): ShownPage {
  const lies = within[refusal.code];
  const errors = refusal.errors.map(
    ({ path, message }): FieldError => ({
      path: [lies ?? '', path].filter(Boolean).join('.'),
      message,
    }),
  );
  return { ...again({ refusal, errors }), status: refusal.status };
}

const Command = ({ text }: { text: string }): Child => (
  <div class="shown">
    <pre id="curl" tabindex={0} data-focus>
      {visible(text)}
    </pre>
    <span class="js-only">
      <button class="b" type="button" data-copies="curl">
        Copy the command
      </button>
    </span>
  </div>
);
