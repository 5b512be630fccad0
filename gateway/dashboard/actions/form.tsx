/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// An action as a form: it works without script, keeps what was typed, and says at each field what is wrong with it.

import type { Child } from 'hono/jsx';
import type { FieldError } from '../../http/problems.ts';
import type { Refusal } from '../asking.ts';
import type { PageReader } from '../reader.ts';
import { Quoted, visible } from '../text.tsx';
import type { Action } from './action.ts';
import { choiceText, type FormField, fieldAt, nameOf } from './form-fields.ts';

/** What was sent before, and what came of it. */
export interface SentBefore {
  form: URLSearchParams;
  errors: readonly FieldError[];
  refusal: Pick<Refusal, 'title' | 'detail' | 'code'> | null;
  /** What the reader asked to be shown instead. */
  shown: Child | null;
  /** Which body would do what is shown: a trial that comes first lets no other through. */
  planned: string | null;
}

/** Which button was pressed, where it is not one of the action's own. */
export const INSTEAD = 'gk-instead';
export const FORM_KEY = 'gk-key';
export const PLANNED = 'gk-planned';

/** The fields of an action, with those that every action has. */
export function fieldsOf({ fields, reason, reasonHint, proposed }: Action, reader: PageReader): FormField[] {
  return [
    ...fields,
    ...(reason === 'none'
      ? []
      : [{ ...REASON, isRequired: reason === 'needed', value: proposed, hint: reasonHint ?? REASON.hint }]),
    ...(reader.name === null ? [BY] : []),
  ];
}

const REASON: FormField = {
  ...{ at: ['reason'], words: 'Reason', kind: 'long' },
  hint: 'kept in the record',
};

const BY: FormField = {
  ...{ at: ['by'], words: 'Your name', kind: 'text' },
  hint: 'kept with it; this gateway knows nobody',
};

export function ActionForm({
  action,
  path,
  reader,
  before = null,
  id = 'f',
}: {
  action: Action;
  /** The page of the action. */
  path: string;
  reader: PageReader;
  before?: SentBefore | null;
  /** Tells its fields from those of another form of the page. */
  id?: string;
}) {
  const fields = fieldsOf(action, reader);
  const errors = before?.errors ?? [];
  const placed = new Map(errors.map((error) => [error, fieldAt(fields, error.path)]));
  const planned = before?.planned ?? null;
  const isTrialFirst = action.trial?.isFirst === true && planned === null;
  const rare = fields.filter(({ isRare }) => isRare);
  const isTouched = (field: FormField): boolean =>
    Boolean(before?.form.get(nameOf(field))) || [...placed.values()].includes(field);
  const drawn = (field: FormField): Child => (
    <Field
      field={field}
      id={`${id}-${nameOf(field)}`}
      form={before?.form ?? null}
      errors={errors.filter((error) => placed.get(error) === field)}
    />
  );
  return (
    <form class="form" method="post" action={path} novalidate>
      {before?.refusal || errors.length > 0 ? (
        <Refused before={before} placed={placed} id={id} refusal={before?.refusal ?? null} />
      ) : null}
      {fields.filter(({ isRare }) => !isRare).map(drawn)}
      {rare.length === 0 ? null : (
        <details open={rare.some(isTouched)}>
          <summary>Other choices</summary>
          <div class="form">{rare.map(drawn)}</div>
        </details>
      )}
      {action.isKeyed === true ? (
        <input type="hidden" name={FORM_KEY} value={before?.form.get(FORM_KEY) || crypto.randomUUID()} />
      ) : null}
      {planned === null ? null : <input type="hidden" name={PLANNED} value={planned} />}
      <div class="acts">
        {isTrialFirst
          ? null
          : action.buttons.map(({ words, sets, isDangerous }, i) => (
              <button
                class={`b ${isDangerous ? 'no' : i === 0 ? 'main' : ''}`}
                type="submit"
                name={sets?.[0]}
                value={sets?.[1]}
              >
                {words}
              </button>
            ))}
        {action.trial === undefined ? null : (
          <button class={isTrialFirst ? 'b main' : 'b'} type="submit" name={INSTEAD} value="trial">
            {action.trial.words}
          </button>
        )}
        <button class="b plain" type="submit" name={INSTEAD} value="curl">
          Show as curl
        </button>
      </div>
      {before?.shown ?? null}
    </form>
  );
}

/** All that is wrong, with links to the fields. */
function Refused({
  placed,
  refusal,
  id,
}: {
  before: SentBefore | null;
  placed: ReadonlyMap<FieldError, FormField | null>;
  refusal: SentBefore['refusal'];
  id: string;
}) {
  return (
    <div class="banner bad" role="alert" tabindex={-1} data-focus>
      <div>
        <b>{refusal?.title ?? 'Something is to be mended first'}</b>{' '}
        {refusal === null || placed.size > 0 ? null : <Quoted text={refusal.detail} />}
        <ul>
          {[...placed].map(([{ path, message }, field]) => (
            <li>
              {field === null || field.kind === 'hidden' ? (
                <bdi class="mono">{visible(path)}</bdi>
              ) : (
                <a href={`#${id}-${nameOf(field)}`}>{visible(field.words)}</a>
              )}{' '}
              <Quoted text={message} limit={300} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

interface FieldProps {
  field: FormField;
  id: string;
  form: URLSearchParams | null;
  errors: readonly FieldError[];
}

function Field({ field, id, form, errors }: FieldProps) {
  const name = nameOf(field);
  const value = form?.get(name) ?? (form === null ? field.value : undefined) ?? '';
  if (field.kind === 'hidden') return <input type="hidden" name={name} value={value} />;
  const said = [field.hint === undefined ? '' : `${id}-hint`, errors.length > 0 ? `${id}-wrong` : '']
    .filter(Boolean)
    .join(' ');
  const of = {
    ...{ id, name, 'aria-describedby': said || undefined },
    'aria-invalid': errors.length > 0 ? ('true' as const) : undefined,
  };
  const wrong =
    errors.length === 0 ? null : (
      <p class="wrong" id={`${id}-wrong`}>
        {errors.map(({ path, message }, i) => (
          <>
            {i === 0 ? '' : '; '}
            {path === name || path === '' ? null : <bdi class="mono">{visible(path)} </bdi>}
            <Quoted text={message} limit={300} />
          </>
        ))}
      </p>
    );
  if (field.kind === 'flag')
    return (
      <div>
        <label class="check">
          <input type="checkbox" value="true" checked={value === 'true'} {...of} />
          <span>
            {field.words} {field.hint === undefined ? null : <small id={`${id}-hint`}>{field.hint}</small>}
          </span>
        </label>
        {wrong}
      </div>
    );
  if (field.kind === 'ticks')
    return <Ticks field={field} id={id} ticked={form?.getAll(name) ?? []} wrong={wrong} />;
  return (
    <div>
      <label for={id}>
        <bdi>{visible(field.words)}</bdi> {field.isRequired ? null : <small>(can be left out)</small>}
      </label>
      <Control field={field} value={value} of={of} />
      {field.hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`} dir="auto">
          <Quoted text={field.hint} limit={400} />
        </p>
      )}
      {wrong}
    </div>
  );
}

function Control({ field, value, of }: { field: FormField; value: string; of: Record<string, unknown> }) {
  const required = field.isRequired === true ? true : undefined;
  if (field.kind === 'choice')
    return (
      <select class="in" required={required} {...of}>
        <option value="">{field.isNullable && field.isRequired ? 'null' : ''}</option>
        {(field.choices ?? []).map(choiceText).map((text) => (
          <option value={text} selected={text === value}>
            {visible(text)}
          </option>
        ))}
      </select>
    );
  if (field.kind === 'long' || field.kind === 'json')
    return (
      <textarea
        class={`in ${field.kind === 'json' ? 'mono' : ''}`}
        rows={field.kind === 'json' ? 5 : 2}
        required={required}
        {...of}
      >
        {value}
      </textarea>
    );
  const type = field.kind === 'date' ? 'date' : 'text';
  const isNumber = field.kind === 'number';
  return (
    <input
      class="in"
      type={type}
      value={value}
      required={required}
      inputmode={isNumber ? 'decimal' : undefined}
      autocomplete={nameOf(field) === 'by' ? 'name' : 'off'}
      {...of}
    />
  );
}

const Ticks = ({
  field,
  id,
  ticked,
  wrong,
}: {
  field: FormField;
  id: string;
  ticked: readonly string[];
  wrong: Child;
}) => (
  <fieldset>
    <legend>
      {field.words} {field.hint === undefined ? null : <small>{field.hint}</small>}
    </legend>
    {(field.choices ?? []).map(choiceText).map((text, i) => (
      <label class="check" for={`${id}-${i}`}>
        <input
          type="checkbox"
          id={`${id}-${i}`}
          name={nameOf(field)}
          value={text}
          checked={ticked.includes(text)}
        />
        <bdi class="mono">{visible(text)}</bdi>
      </label>
    ))}
    {wrong}
  </fieldset>
);
