// One outage is one line across steps, runs and goals: an error's type and its message with everything that
// differs from one occurrence to the next taken out. Names tell which trouble it is (told-names.ts), values do not.
//
// 1. One pass from left to right: the leftmost match wins, and of several at one place the first in the list.
//    So what is kept (a status code) or taken whole (a path) is safe from what is more general (a number).
// 2. Time is bounded: only the start of a message is read, and a pattern that can run on begins only where a
//    word or a quote does.
// 3. Normalising a normalised text changes nothing.

import {
  keptHost,
  keptNames,
  keptQuotedHost,
  keptQuotedUrl,
  keptUrl,
  QUOTED_HOSTS,
  QUOTED_NAMES,
} from './quoted-names.ts';
import { looksRandom } from './text/looks-random.ts';
import { sha256 } from './text/sha256.ts';

const READ = 4000;
const KEPT = 300;

const CLOCK = String.raw`\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[ap]m\b)?`;
const ZONE = String.raw`(?: ?(?:(?:Z|UTC|GMT|CES?T|BST|IST|JST|[ECMP][SD]T)(?![a-z])(?:[+-]\d{4})?|[+-]\d\d(?::?\d\d)?(?!\d)))?`;
const WEEKDAY = '(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?';
const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const UNIT = String.raw`(?: ?(?:(?:milli|micro|nano)?sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|bytes?|[kmgtp]i?b|ms)(?![a-z0-9])(?:\(s\))?)?`;
const PORT = String.raw`:\d+(?!\w|\.\d)`;
const SEGMENT = String.raw`[^\s'"\`<>()\[\]{}|:;,?*\\/]+`;
const REST_OF_URL = String.raw`(?:\/[^\s'"\`<>()\[\],;]*)?`;
const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\d)(?:\/\d\d?(?!\d))?`;
// What may stand between "HTTP" or "status" and the code.
const TO_STATUS =
  '(?:https?|status|code|error|response|request|failed|failure|with|is|was|of|unexpected|returned|received|from|server|client|get|put|post|patch|delete|head)';
// A text that was cut short, by us or by others, leaves its last quote open.
const CUT_SHORT = String.raw`(?<=…(?: \(\d+ characters\))?)$`;
const FILE =
  'csv|tsv|jsonl?|ndjson|parquet|avro|orc|arrow|xlsx?|txt|gz|bz2|zst|zip|tar|xml|html?|ya?ml|toml|sql|sqlite3?|duckdb|wal|pdf|docx?|png|jpe?g|tmp|lock|pem|crt|sh|py|[cm]?[jt]sx?|java|go|rb|rs|jar|so|dll|exe|pkl';

const URL_TEXT = String.raw`(?:jdbc:)?[a-z][a-z0-9+.-]{1,20}:\/\/`;
const ID_FOLLOWS = String.raw`\b(?:\w*_|request ?|req|trace|span|correlation|session|transaction|message|job|run|user|order|customer|ray )?id(?:: ?|=|\s#?)`;
// After these stands what is meant, which is seldom a name that anybody chose.
const THING =
  'object|item|record|row|document|entity|pod|container|job|task|file|blob|message|event|order|customer|user|account|session|request|transaction|batch|run|node|instance|resource|volume|snapshot|upload|value|token';
const POD_LETTER = '[bcdfghjklmnpqrstvwxz2456789]';
const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';
const POD = new RegExp(`^(.+)-${POD_LETTER}{5}$`);
const OF_A_THING = new RegExp(`(?:^|[^\\w-])(?:${THING}) $`, 'i');
/** How much must speak for a name: of what is a thing's, as much as for words. */
const LEAST_OF_A_THING = 2;

// What the rules for IDs and numbers take themselves, such as the parts of Stripe's `cus_9s6XKzkNRiz8i3`.
const OF_OTHERS = new RegExp(`^(?:${UUID}|[a-z]{2,6}_(?=[A-Za-z0-9]*\\d[A-Za-z]+\\d)[A-Za-z0-9]{11,})$`);
const AFTER_ID = new RegExp(`${ID_FOLLOWS}$`, 'i');

const isPod = (text: string): boolean => {
  const [, name] = POD.exec(text) ?? [];
  return name !== undefined && !looksRandom(name);
};

function ifRandom(text: string, before: string): string | null {
  if (OF_OTHERS.test(text) || isPod(text) || (/\d/.test(text) && AFTER_ID.test(before))) return null;
  const least = OF_A_THING.test(before) ? LEAST_OF_A_THING : 0;
  // Of a path each part might be anything: only what is as long as a key is one.
  if (text.includes('/') && (text.length < 16 || text.startsWith('/'))) return null;
  // Words may have a number at their end.
  return looksRandom(text.replace(/[-_]?\d+$/, ''), least) ? '<n>' : null;
}

/** A function may decline: then the rules after its own, and places further right, have their turn. */
type Replacement = string | null | ((match: string, before: string) => string | null);
type Rule = readonly [replacement: Replacement, ...patterns: string[]];

// All of it without regard to case. A null keeps the match as it is. No capturing groups in here.
const RULES: readonly Rule[] = [
  [null, '<(?:n|id|url|email|time|host|path|quoted|sql)>', '<(?:host|url|name) [a-z_$.@#/*-]{1,125}>'],

  // In JSON and in Python's dictionaries, keys tell which trouble it is, and so do status and error codes.
  [null, String.raw`["'](?:http_?)?status(?:_?code)?["'] ?: ?["']?[1-5]\d\d\b["']?`],
  [
    null,
    `["'](?:error_?)?(?:code|type|error|reason|__type)["'] ?: ?["'][a-z_.#]{3,80}["']`,
    `"(?<=[{,] ?")[a-z_]{1,40}" ?:`,
    `'(?<=[{,] ?')[a-z_]{1,40}' ?:`,
  ],

  // V8 does not escape the quotes in what it quotes.
  ['<quoted>', '(?<=Unexpected token ).*?(?= is not valid JSON)'],
  // Of an error in SQL, Postgres and DuckDB show the line and point to the place in it.
  ['<sql>', String.raw`\bLINE \d+: .*?\^`],
  // Postgres does not quote the values of a row it refuses.
  ['<quoted>', String.raw`(?<=\)=|row contains )\((?:[^()]|\([^()]*\))*\)`],
  [keptNames, ...QUOTED_NAMES],
  [keptQuotedHost, QUOTED_HOSTS],
  [keptQuotedUrl, String.raw`(?<!\w)(?:"${URL_TEXT}[^\s"]*"|'${URL_TEXT}[^\s']*')(?!\w)`],
  [
    '<quoted>',
    String.raw`(?:(?<!\w)[bru])?"(?:[^"\\]|\\.)*(?:"|${CUT_SHORT})`,
    // An apostrophe neither opens nor closes.
    String.raw`(?<!\w)[bruen]?'(?:[^'\\]|\\.|(?<=\w)'(?=\w))*(?:'(?!\w)|${CUT_SHORT})`,
    '`[^`]*`',
    '“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|‘[^‘’]*’',
  ],

  [
    '<id>',
    String.raw`\barn:aws[\w-]*:[^\s'",;)]*[^\s'",;).]`,
    String.raw`\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*`,
  ],
  // jdbc:postgresql://…, s3://…, file:///…; a full stop or a colon after it is not its own.
  [
    keptUrl,
    String.raw`(?<![\w+.-])${URL_TEXT}(?:\[[0-9a-f:.]*\]?)?(?:[^\s'"<>()\[\]]*[^\s'"<>()\[\].,;:!])?`,
  ],
  ['<email>', String.raw`(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}(?![\w-])`],

  [
    '<time>',
    String.raw`(?<!\d)\d{4}-\d\d-\d\d(?!\d)(?:[T ]${CLOCK}${ZONE})?`,
    String.raw`(?<!\w)\d{8}T\d{6}(?:\.\d+)?Z?(?!\w)`,
    String.raw`(?<![\w/])(?:\d{4}\/\d\d?\/\d\d?|\d\d?\/\d\d?\/\d{4})(?![\w/])(?:,? ${CLOCK}${ZONE})?`,
    String.raw`\b\d\d?\/${MONTH}\/\d{4}:${CLOCK}${ZONE}`,
    String.raw`\b(?:${WEEKDAY},? )?(?:${MONTH} \d{1,2}|\d{1,2}[ -]${MONTH})(?!\w)(?:[ ,-]{1,2}\d{4}\b)?(?:,? (?:at )?${CLOCK}${ZONE})?(?: \d{4}\b)?(?: \([a-z ]+ time\))?`,
    String.raw`(?<![\w:.])\d\d?:\d\d:\d\d(?:[.,]\d+)?(?![\w:])`,
  ],

  // "status code 503" is another trouble than "status code 404". Only where the text says that it is a status.
  [
    null,
    String.raw`\b(?:https?(?:\/\d(?:\.\d)?)?|status|respon(?:se|ded))(?:[ _-]?${TO_STATUS})*[ :=!,(\[]{0,4}[1-5]\d\d(?!\w|[.,:-]\d| ?(?:ms|s|sec|seconds?|bytes?|[kmg]i?b)\b)`,
    String.raw`\b[1-5]\d\d status code\b`,
  ],
  // So are errno 2 and errno 13, exit code 1 and 137, the states of SQL and the codes of Oracle.
  [
    null,
    String.raw`\b(?:errno|winerror|os error|signal|exit(?:ed)?(?: with)?(?: (?:status|code|with code))?|with (?:exit )?code|(?:error|return|result|close)[ _-]?code|sqlcode)[ :=#(]{0,3}-?\d{1,5}(?!\w|[.,:-]\d)`,
    String.raw`\bsql[ _-]?state[ :=(\[]{1,3}[0-9a-z]{5}(?!\w)`,
    String.raw`\b(?:ora|pls|tns)-\d{5}\b`,
  ],
  // Names that hold a number: int32 and int64 are not the same.
  [
    null,
    String.raw`\b(?:(?:u?int|float|complex|datetime)(?:2|4|8|16|32|64|128|256)|utf-?(?:8|16|32)(?:mb[34])?|sha-?(?:1|256|384|512)|md5|base64|ipv[46]|x\.?509|(?:tls|ssl) ?v?[123](?:\.[0-3])?|http\/[123](?:\.[01])?|oauth2|s3|ec2|k8s)(?!\w|:[\d%\[]|[.-]\w)`,
  ],

  // Before hosts, as the number after a file's name is a line, not a port.
  ['<path>', String.raw`(?<![\w.@%+~/=-])(?:[\w.@%+~-]+\/)?[\w.@%+~-]*\w\.(?:${FILE})(?![\w-]|\.\w|\()`],
  [
    keptHost,
    // Java shows name/address, or /address; gRPC says ipv4: before it.
    String.raw`(?<![\w.-])(?:ipv4:)?(?:[\w.-]*\/)?${IPV4}(?:${PORT})?${REST_OF_URL}`,
    String.raw`(?:\bipv6:)?(?:\[|%5B)(?=[0-9a-f]*:)[0-9a-f:.]+(?:%\w+)?(?:\]|%5D)(?:${PORT})?${REST_OF_URL}`,
    String.raw`(?<![\w:])(?:(?:[0-9a-f]{1,4}:){1,6}|::?)(?::[0-9a-f]{1,5}){1,8}(?:\.\d{1,3}){0,3}(?:%\w+)?(?:${PORT})?(?![\w:])`,
    String.raw`(?<![\w:])(?:[0-9a-f]{1,4}:){5,8}[0-9a-f]{1,5}(?![\w:])`,
    String.raw`(?<![\w@.-])localhost(?![\w.-])(?:${PORT})?${REST_OF_URL}`,
    String.raw`(?<![\w@.*-])(?:\*\.)?(?=[\w.-]*[a-z])(?:\w[\w-]*\.)+[\w-]+${PORT}${REST_OF_URL}`,
    String.raw`(?<![\w@.*-])(?:\*\.)?(?:\w[\w-]*\.)+(?:com|net|org|io|dev|cloud|co|eu|de|uk|fr|internal|local|lan|corp|svc)(?![\w-]|\.\w)(?:${PORT})?${REST_OF_URL}`,
    // A name without a dot is a host where it looks like one, or where the text says so.
    String.raw`(?<![\w@./-])[a-z][a-z0-9]*[0-9-][a-z0-9-]*${PORT}${REST_OF_URL}`,
    String.raw`(?<=\b(?:E[A-Z]{4,}|connect(?:ing|ion)?|to|from|host|tcp|udp|upstream|broker|server) )[a-z][\w-]*${PORT}${REST_OF_URL}`,
    String.raw`(?<=\b(?:getaddrinfo|query[a-z]*) E[A-Z_]{2,20} )[\w.-]+`,
    String.raw`(?<=\bhost(?:name)?=)[\w.-]+`,
    String.raw`(?<![\w.-])[\w.-]+(?=:? (?:on <host>|on ${IPV4}|on \[)|: (?:no such host|Name or service not known|Temporary failure in name res|nodename nor servname))`,
  ],

  ['<n>', String.raw`(?<![\w+/])[\w+/]{20,}={1,2}(?![\w=])`],
  [ifRandom, String.raw`(?<![\w+/.@:%~<-])[\w+/-]{8,64}(?![\w+/@=-]|[.:]\w)`],
  [
    '<path>',
    // A blank belongs to a path of Windows when a backslash follows soon.
    String.raw`(?<!\w)(?:[a-z]:[\\/]|\\\\)(?:[^\s'"\`<>|:*?]| (?=[\w.()-]+(?: [\w.()-]+)?\\))*`,
    String.raw`(?<![\w<>/.)\]~-])(?:~\w*|\.{1,3})?\/(?=[\w.@%+~\u0080-\uffff-])${SEGMENT}(?:\/${SEGMENT})*\/?(?:\?[^\s'"\`<>()\[\]]*)?`,
    String.raw`(?<![\w.@%+~/=-])[\w.@%+~-]+(?:\/${SEGMENT}){2,}\/?`,
  ],

  [
    '<id>',
    `(?<![0-9a-z])${UUID}(?![0-9a-z])`,
    // Whatever the text says is an ID, if it has a digit.
    String.raw`(?<=${ID_FOLLOWS})(?=[\w+/=-]*\d)[\w+/=-]+`,
  ],
  // Numbers and IDs share one mark: whether the IDs of a kind are digits only is chance from one to the next.
  [
    '<n>',
    // Kubernetes names pods so, without vowels.
    `(?<=[a-z0-9]-)${POD_LETTER}{8,10}-${POD_LETTER}{5}(?![\\w-])`,
    // Those of its jobs and sets end in five letters; these are words.
    `(?<=[a-z0-9]-)(?!(?:https|xhtml|html5|pgsql|mssql|mtls)(?!\\w))${POD_LETTER}{5}(?![\\w-])`,
    '(?<![0-9a-z])0x[0-9a-f]+(?![0-9a-z])',
    // Java shows an object by its hash.
    String.raw`(?<=\w@)[0-9a-f]{5,16}(?!\w)`,
    String.raw`(?<![0-9a-z])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}(?![0-9a-z])`,
    // Letters and digits by turns, or long; the names of exceptions do not count.
    String.raw`(?<![0-9a-z])(?=[a-z]*\d+[a-z]+\d|(?=[a-z]*\d)[a-z0-9]{20})(?![0-9a-z]*(?:exception|error)(?![0-9a-z]))[a-z0-9]{6,}(?![0-9a-z])(?:[_-](?=[a-z]*\d)[a-z0-9]+)*`,
    // Durations as Go writes them: 1m30.5s
    String.raw`(?<![\w.])(?:\d+(?:\.\d+)?(?:ns|[µμu]s|ms|[smhd]))+(?![a-z0-9])`,
    String.raw`(?:(?<![\w)\]>.-])[-+])?\d+(?:[.,_]\d+)*(?:e[-+]?\d+)?${UNIT}`,
  ],
];

const alternatives = (rules: readonly Rule[]): RegExp =>
  new RegExp(rules.map(([, ...patterns]) => `(${patterns.join('|')})`).join('|'), 'gi');
const ANY = alternatives(RULES);
const OTHERS = RULES.filter(([replacement]) => replacement !== ifRandom);
const OTHER = alternatives(OTHERS);

interface Found {
  start: number;
  end: number;
  told: string;
  isDeclined: boolean;
}

function next(pattern: RegExp, rules: readonly Rule[], text: string, from: number): Found | null {
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  if (match === null) return null;
  const [whole, ...groups] = match;
  const [replacement] = rules[groups.findIndex((group) => group !== undefined)] as Rule;
  const mark =
    typeof replacement === 'function'
      ? replacement(whole, text.slice(0, match.index))
      : (replacement ?? whole);
  const { index: start } = match;
  return { start, end: start + whole.length, told: mark ?? whole, isDeclined: mark === null };
}

function takenOut(text: string): string {
  let told = '';
  let at = 0;
  /** The next match of the other rules: known until the reading is past it. */
  let other: Found | null | undefined;
  for (;;) {
    let found = next(ANY, RULES, text, at);
    if (found?.isDeclined) {
      if (other === undefined || (other !== null && other.start < found.start))
        other = next(OTHER, OTHERS, text, found.start);
      if (other !== null && other.start < found.end) found = other;
    }
    // What matched nothing would match it again.
    if (found === null || found.start === found.end) return told + text.slice(at);
    told += text.slice(at, found.start) + found.told;
    at = found.end;
  }
}

// In some places quotes hold a message of its own, not a value, when there is a blank in them: Name('message'),
// Name(errno, 'message') and (errno, 'message') of Python, messages in JSON, desc = "message" of gRPC. What is
// within tells as much as what is around.
const BEFORE_MESSAGE = [
  String.raw`(?:\b\w{0,60}(?:Error|Exception|Warning|Disconnected|Timeout)|\btimeout|\bgaierror|^)\((?:-?\d+, )?`,
  String.raw`\(-?\d+, `,
  String.raw`["'](?:\w{0,20}[Mm]essage|msg|details?|desc|description|error|error_description|reason)["'] ?: ?`,
  String.raw`\b(?:desc|details|message) ?= ?`,
];
const NESTED = new RegExp(
  String.raw`(${BEFORE_MESSAGE.join('|')})(?:'(?=[^' ]+ )((?:[^'\\]|\\.)*)'|"(?=[^" ]+ )((?:[^"\\]|\\.)*)")`,
  'g',
);

// Python shows a key that is a sentence with quotes in it so: nothing is around.
const ALL_QUOTED = /^"(?=[^"]*')(\S[^"]* [^"]*)"$/;

// How many of a kind there are is chance, too.
const LIST = /(?<![\w:=*])([\w:=*]*<\w{1,6}(?: [^<>]+)?>)(?:, ?\1)+/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal, and what else has no place in a text
const UNSEEN = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g;

function pass(message: string): string {
  const text = message
    .replace(UNSEEN, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(ALL_QUOTED, '$1')
    .replace(NESTED, (_, before: string, single?: string, double?: string) => {
      return before + (single ?? double ?? '').replace(/\\(["'])/g, '$1');
    })
    .replace(/^.+$/, takenOut)
    .replace(LIST, '$1');
  if (text.length <= KEPT) return text;
  // Half a mark or half a surrogate pair would be no part of a text.
  return text
    .slice(0, KEPT)
    .replace(/<\w{0,6}(?: [\w$.@#/*-]*)?$|[\ud800-\udbff]$/, '')
    .trim();
}

/** The message as all occurrences of the same trouble share it: one line of at most 300 characters. */
export function normaliseMessage(message: string): string {
  let text = message.length > READ ? `${message.slice(0, READ)}…` : message;
  // Until nothing changes, as taking one thing out can show another. Every pass that changes something leaves
  // fewer characters outside the marks, so this ends; nearly always the second pass is the last.
  for (;;) {
    const next = pass(text);
    if (next === text) return text;
    text = next;
  }
}

/** 16 hex digits, the same for the same type and the same message but for its variable parts. */
export const fingerprint = (type: string, message: string): string =>
  sha256(`${type}\n${normaliseMessage(message)}`).slice(0, 16);
