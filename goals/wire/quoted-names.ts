// Names in a message that tell which trouble it is, where values do not: which column is missing, which module, which host
// cannot be reached. What differs within a name from one occurrence to the next (a number, a random part) is made `#`.

import { looksRandom } from './text/looks-random.ts';

const NOUNS =
  'modules?|packages?|columns?|relations?|tables?|views?|attributes?|propert(?:y|ies)|keys?|fields?|constraints?|index(?:es)?|functions?|methods?|class(?:es)?|schemas?|databases?|collections?|topics?|queues?|buckets?|variables?|parameters?|arguments?|options?|settings?|headers?|extensions?|sequences?|types?|enums?|services?|plugins?|imports?';
/** What may be a name, in quotes of any kind: an identifier, a package with its scope. */
const NAME = String.raw`(?:@[\w.-]{1,40}\/)?[a-z_$][\w$.#-]{0,79}`;
const QUOTED_NAME = `(?:"${NAME}"|'${NAME}'|\`${NAME}\`|“${NAME}”|«${NAME}»|‘${NAME}’)`;
const BETWEEN = String.raw`(?: named| called| with name)?[ :=]{0,3}[(\[{]?`;

/** Quotes that hold names, as the words around them tell. */
export const QUOTED_NAMES: readonly string[] = [
  String.raw`(?<=\b(?:${NOUNS})${BETWEEN})${QUOTED_NAME}(?:(?:, ?| and | or )${QUOTED_NAME})*`,
  // JavaScript, Python and pandas
  String.raw`(?<=\b(?:reading|setting|KeyError:|Index\(\[) ?)${QUOTED_NAME}(?:, ?${QUOTED_NAME})*`,
  String.raw`(?<=\bname )${QUOTED_NAME}(?= is not defined| from\b)`,
  String.raw`${QUOTED_NAME}(?= object\b| is not defined)`,
  // All that Python's KeyError says is the key.
  `^${QUOTED_NAME}$`,
];

/** Quotes that hold a host. */
export const QUOTED_HOSTS = String.raw`(?<=\b(?:host(?: ?name)?|server) ?(?:=|at |on |))(?:"[\w.-]+"|'[\w.-]+')`;

export const keptNames = (quoted: string): string =>
  quoted.replace(/["'`“«‘]([^"'`”»’]*)["'`”»’]/g, (_, name: string) => `<name ${withoutValues(name)}>`);

const NUMBERS = /\d+(?:[.,]\d+)*/g;

function withoutValues(name: string): string {
  // What ends in a number is a name with a number, however odd: `orders_17`.
  if (name.length >= 8 && looksRandom(name.replace(/[-_.]?\d+$/, ''))) return '#';
  return name.replace(NUMBERS, '#');
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** What tells one host from another; null for an address, and for this machine, which both say where and not what. */
function hostName(host: string): string | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === '' || name === 'localhost' || name.includes(':') || IPV4.test(name)) return null;
  const labels = name.split('.').map(labelWithoutValues);
  return boundedName(labels.join('.'));
}

const boundedName = (name: string): string | null => (/^[\w.*#-]{1,100}$/.test(name) ? name : null);

function labelWithoutValues(label: string): string {
  const parts = label.split('-');
  const told = parts.map((part, i) => {
    const isMixed = part.length >= 4 && /\d\D+\d|\D\d+\D|^\d+[a-z]/.test(part);
    // Kubernetes ends the names of pods so.
    const isSuffix = i === parts.length - 1 && i > 0 && /^[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(part);
    if (isMixed || (isSuffix && /\d/.test(parts.slice(1).join('')))) return '#';
    return part.length >= 8 && looksRandom(part) ? '#' : part.replace(NUMBERS, '#');
  });
  return told.join('-').replace(/#(?:-#)+/g, '#');
}

/** Of a host as a message shows it, with its port, its path, or its address after a slash. */
export function keptHost(shown: string): string {
  if (/^(?:ipv6:)?(?:\[|%5b)/i.test(shown)) return '<host>';
  const [host = ''] = shown.replace(/^ipv4:/i, '').split('/');
  const name = hostName(host.replace(/:\d+$/, ''));
  return name === null ? '<host>' : `<host ${name}>`;
}

export function keptQuotedHost(quoted: string): string {
  const name = hostName(quoted.slice(1, -1));
  return name === null ? '<quoted>' : `<host ${name}>`;
}

/** Of a URL: its host, or its bucket. */
export function keptUrl(url: string): string {
  const name = urlHost(url);
  return name === null ? '<url>' : `<url ${name}>`;
}

export function keptQuotedUrl(quoted: string): string {
  const name = urlHost(quoted.slice(1, -1));
  return name === null ? '<quoted>' : `<url ${name}>`;
}

function urlHost(url: string): string | null {
  const [, scheme = '', host = ''] =
    /^(?:jdbc:)?([a-z][a-z0-9+.-]*):\/\/(?:[^@/?#\s]*@)?([^:/?#[\]]*)/i.exec(url) ?? [];
  return scheme.toLowerCase() === 'file' ? null : hostName(host);
}
