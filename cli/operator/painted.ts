// Lines for a person. A text becomes visible here, and only here gets colours: nothing that was not made safe is printed.

import { styleText } from 'node:util';
import { cutText, textWidth, visibleText } from './visible-text.ts';

/** What a colour says. What healed is `quiet`, never `bad`. */
export type Tone = 'good' | 'bad' | 'careful' | 'quiet' | 'strong';

export interface Painted {
  text: string;
  tone: Tone;
}

/** A piece of a line. */
export type Part = string | Painted;
export type Line = Part | readonly Part[];

export const painted =
  (tone: Tone) =>
  (text: string): Painted => ({ text, tone });

const STYLES = {
  good: 'green',
  bad: 'red',
  careful: 'yellow',
  quiet: 'dim',
  strong: 'bold',
} as const satisfies Record<Tone, string>;

export const textOf = (part: Part): string => visibleText(typeof part === 'string' ? part : part.text);

/** The text of a line, with what colours it where `colours` are wanted. */
export const rendered = (line: Line, colours: boolean): string =>
  (isLineOfParts(line) ? line : [line])
    .map((part) =>
      colours && typeof part !== 'string'
        ? styleText(STYLES[part.tone], textOf(part), { validateStream: false })
        : textOf(part),
    )
    .join('');

/** The line in at most `width` columns. */
export function cutLine(line: Line, width: number): Line {
  let left = width;
  return (isLineOfParts(line) ? line : [line]).map((part) => {
    const text = cutText(textOf(part), left);
    left -= textWidth(text);
    return typeof part === 'string' ? text : { ...part, text };
  });
}

const isLineOfParts = (line: Line): line is readonly Part[] => Array.isArray(line);
