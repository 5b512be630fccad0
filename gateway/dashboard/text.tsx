/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Text that is not ours, times, and marks of state, as every page writes them.

import { absolute, brief, isNear, type PageClock, relative } from './times.ts';

const CONTROLS = /(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Control characters as symbols: none of them moves or hides what stands around it. */
export const visible = (text: string): string =>
  text.replace(CONTROLS, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
  });

/** At most so many characters, whole ones. */
export const cut = (text: string, limit: number): string => {
  const letters = [...text];
  return letters.length <= limit ? text : `${letters.slice(0, limit - 1).join('')}…`;
};

/** What somebody else wrote, as text and nothing but text. */
export const Quoted = ({ text, limit = 1000 }: { text: string; limit?: number }) => (
  <bdi>{cut(visible(text), limit)}</bdi>
);

/** JSON of any size, cut. */
export const Json = ({ value }: { value: unknown }) => (
  <pre dir="auto" tabindex={0}>
    {cut(visible(JSON.stringify(value, null, 2) ?? 'nothing'), 16_000)}
  </pre>
);

/** A time in words, with the whole of it where one points or is with the keyboard, and for programs. For dense tables. */
export const When = ({ at, clock }: { at: string; clock: PageClock }) => (
  <time class="at" datetime={at} title={`${absolute(at, clock.zone)} ${clock.zone}`} tabindex={0}>
    {relative(at, clock)}
  </time>
);

/** A time where people compare: how far away it is, and when exactly beside it. */
export const WhenExactly = ({ at, clock }: { at: string; clock: PageClock }) => (
  <time datetime={at}>
    {isNear(at, clock) ? (
      <>
        {relative(at, clock)}
        <span class="exactly">
          {' · '}
          {brief(at, clock)} {clock.zone}
        </span>
      </>
    ) : (
      `${absolute(at, clock.zone)} ${clock.zone}`
    )}
  </time>
);

export type StateMark =
  | 'achieved'
  | 'failed'
  | 'struggling'
  | 'waiting'
  | 'pursuing'
  | 'stale'
  | 'healed'
  | 'cancelled'
  | 'none'
  | 'lease';

/** The colour of a mark, by its class. */
export const toneOf = (mark: StateMark): string =>
  mark === 'stale' || mark === 'lease' ? 'struggling' : mark;

export const Icon = ({ mark, tone }: { mark: string; tone?: string }) => (
  <svg class={`i ${tone ?? ''}`} aria-hidden="true">
    <use href={`#i-${mark}`} />
  </svg>
);

export const MarkIcon = ({ mark }: { mark: StateMark }) => <Icon mark={mark} tone={toneOf(mark)} />;

export const State = ({ mark, words }: { mark: StateMark; words: string }) => (
  <span class={`state ${toneOf(mark)}`}>
    <MarkIcon mark={mark} />
    {words}
  </span>
);

/** `1 run`, `2 runs`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
