// Numbers in a JSON text that JSON.parse would change without a word: it rounds what has more digits than a double, and
// makes what is too large infinite, and what is too small zero. Two orders whose IDs have 19 digits would be one.

import { pathOf } from './uncarried.ts';

/** The first number of a text that would become another. */
export interface Inexact {
  at: readonly (string | number)[];
  /** As the text has it. */
  number: string;
  /** What it would become. */
  becomes: string;
}

/** Fifteen digits always hold. In a text that has neither more in a row, nor an exponent, all numbers do. */
const SUSPECT = /[\d.]{16}|\d[eE][-+\d]/;
const DIGITS_THAT_HOLD = 15;

const [QUOTE, BACKSLASH, COLON, MINUS, PLUS, POINT] = [0x22, 0x5c, 0x3a, 0x2d, 0x2b, 0x2e];
const [ZERO, NINE, E, LARGE_E] = [0x30, 0x39, 0x65, 0x45];

/** Null when the text, which is JSON, says the same once it is parsed. */
export function inexactIn(text: string): Inexact | null {
  if (!SUSPECT.test(text)) return null;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfText(text, at);
    else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      const becomes = changed(text.slice(at, end));
      if (becomes !== null) return { at: placeOf(text, at), number: text.slice(at, end), becomes };
      at = end - 1;
    }
  }
  return null;
}

/** A sentence: `whole` is what the value is called, such as `the output`. */
export const saidInexact = (whole: string, { at, number, becomes }: Inexact): string =>
  `${at.length === 0 ? whole : `${whole} is not right: ${pathOf(at)}`} is ${misreadAs(number, becomes)}`;

/** What is wrong with such a number, and what to do. */
export const misreadAs = (number: string, becomes: string): string =>
  `${number.length > 60 ? `${number.slice(0, 59)}…` : number}, which would be read as ${becomes}; write it as a text`;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

function endOfText(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}

/** After the last character that a number may have: nothing else that may follow it has one. */
function endOfNumber(text: string, begin: number): number {
  let end = begin + 1;
  for (; ; end++) {
    const code = text.charCodeAt(end);
    if (
      !(isDigit(code) || code === POINT || code === MINUS || code === PLUS || code === E || code === LARGE_E)
    )
      return end;
  }
}

/** What the number becomes, where that is not what it says. */
function changed(number: string): string | null {
  if (number.length <= DIGITS_THAT_HOLD && !/e/i.test(number)) return null;
  const read = Number(number);
  if (String(read) === number) return null;
  if (!Number.isFinite(read)) return read < 0 ? '-Infinity' : 'Infinity';
  const said = decimalOf(number);
  // Also of the shortest text that is read as the same, as JSON.stringify writes it.
  if (isSame(said, decimalOf(String(read)))) return null;
  // A fraction may be told with more digits than it takes, so long as these are right.
  const isFraction = said.digits.length > said.point;
  const hasMore = isFraction && said.digits !== '' && said.digits.length <= 100 && read !== 0;
  if (hasMore && isSame(said, decimalOf(read.toPrecision(said.digits.length)))) return null;
  return String(read);
}

/** Of a number 0.DIGITS times ten to the power of `point`: as few digits as tell it. */
interface Decimal {
  digits: string;
  point: number;
}

const isSame = (a: Decimal, b: Decimal): boolean => a.digits === b.digits && a.point === b.point;

function decimalOf(number: string): Decimal {
  const [mantissa = '', exponent = '0'] = number.replace(/^-/, '').split(/e/i);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const significant = (whole + fraction).replace(/^0+/, '');
  const leading = whole.length + fraction.length - significant.length;
  const digits = significant.replace(/0+$/, '');
  return digits === '' ? { digits, point: 0 } : { digits, point: whole.length - leading + Number(exponent) };
}

/** The names and places that lead to what begins at `end`. */
function placeOf(text: string, end: number): (string | number)[] {
  const at: (string | number)[] = [];
  for (let i = 0; i < end; i++) {
    const last = at.length - 1;
    switch (text[i]) {
      case '{':
        at.push('');
        break;
      case '[':
        at.push(0);
        break;
      case '}':
      case ']':
        at.pop();
        break;
      case ',':
        if (typeof at[last] === 'number') at[last]++;
        break;
      case '"': {
        const close = endOfText(text, i);
        let next = close + 1;
        while (/\s/.test(text.charAt(next))) next++;
        if (text.charCodeAt(next) === COLON) at[last] = JSON.parse(text.slice(i, close + 1)) as string;
        i = close;
      }
    }
  }
  return at;
}
