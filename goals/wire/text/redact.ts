// Secrets taken out of texts that enter a history, a log or a page. These patterns are built in; a worker adds those of
// its team (activities/redact.ts). Inputs and outputs are the team's own data, and stay as they are.
//
// Time is bounded: only the start of a text is read, nothing after it is kept, and a pattern begins only where a word
// does, or repeats no more than so often.

import { boundedText } from './bounded-text.ts';

export const REDACTED = '<redacted>';

/** So much of a text is read; more than is ever kept of one. */
export const READ = 16_000;

const NAMES =
  'pass(?:word|wd|phrase)|pwd|(?:api|access|private|secret|signing|encryption|account)[_-]?key|(?:client|app|shared)[_-]?secret|(?:access|auth|refresh|id|session|api|csrf|sas)[_-]?token';
// Words that texts use of other things too: only where a program wrote them as a name.
const VAGUE = 'token|secret|cookie|credentials?|authorization|signature|sig';
const VALUE = String.raw`(?:"[^"\n\\]{0,2000}"?|'[^'\n\\]{0,2000}'?|[^\s"'\\,;&)\]}<]{1,2000})`;

const RULES: readonly [RegExp, string][] = [
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
    REDACTED,
  ],
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, REDACTED],
  // Authorization: Bearer abc, in the headers that HTTP clients put into their errors.
  [
    /\b((?:proxy-)?authorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?)(?!<redacted>)(?:[\w-]{1,20} )?[^\s"'\\,;<]{1,4000}/gi,
    `$1${REDACTED}`,
  ],
  [/\b(bearer\s{1,3})(?=[^\s"']{0,200}\d|[^\s"']{16})[\w.~+/=-]{6,}/gi, `$1${REDACTED}`],
  [
    /(?<![\w+.-])([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:"'<>]{0,200}:(?:[^\s/?#"'<>]{1,500}|(?!\d{1,5}[/?#])[^\s@"'<>]{1,500})@/gi,
    `$1${REDACTED}@`,
  ],
  [/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/g, REDACTED],
  [
    /\b(?:gk_[a-z0-9]{8,32}_[\w-]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{10,}|AIza[\w-]{30,}|npm_[A-Za-z0-9]{30,})/g,
    REDACTED,
  ],
  [
    new RegExp(
      String.raw`((?:${NAMES})[\w-]{0,20}\\?["']?\s{0,3}[:=]\s{0,3}\\?)(?!["']?<redacted>)${VALUE}`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
  [
    new RegExp(
      String.raw`((?:(?:${VAGUE})[\w-]{0,20}=|(?<=\\?["'][\w-]{0,40})(?:${VAGUE})\\?["']\s{0,3}[:=]\s{0,3}\\?))(?!["']?<redacted>)${VALUE}`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
];

/** The text with what looks like a secret replaced, cut to `READ` characters. */
export function redactedText(text: string): string {
  // Cleaned first: what a colour or a NUL tears apart would be whole again after it.
  let clean = boundedText(text, READ);
  for (const [pattern, replacement] of RULES) clean = clean.replace(pattern, replacement);
  return clean;
}
