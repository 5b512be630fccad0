// A goal's name, made of a command.

const INTERPRETERS =
  /^(?:env|sh|bash|dash|zsh|ksh|python\d?(?:\.\d+)?|perl|ruby|node|php\d?(?:\.\d+)?|java|npx|npm)$/;
const WRAPPERS =
  /^(?:sudo|nice|ionice|chronic|nohup|time|timeout|flock|exec|systemd-cat|setsid|chrt|cronic)$/;
const TESTS = /^(?:test|\[|\[\[|cd|export|source|\.|umask|sleep|true|:)$/;
const LONGEST = 50;

/** Kebab-case, at most 50 characters: of the program that the command is about, and its subcommand. */
export function goalName(command: string): string {
  const parts = command.split(/&&|\|\||;|\||\n/).map((part) => part.trim());
  const words = parts.map(wordsOf).find((found) => found.length > 0) ?? [];
  return kebab(words.join('-')) || 'job';
}

/** Names that are each one of their kind, in order, as constants of a module too. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const formsOf = (name: string): string[] => [name.replaceAll('-', ''), `${name.replaceAll('-', '')}job`];
  return names.map((name) => {
    let one = name;
    for (let n = 2; formsOf(one).some((form) => taken.has(form)); n++) one = `${name}-${n}`;
    for (const form of formsOf(one)) taken.add(form);
    return one;
  });
}

/** The program's name and its subcommand; none, where the part of the command only prepares. */
function wordsOf(part: string): string[] {
  const tokens = part.replace(/^[({\s]+/, '').split(/\s+/);
  for (let i = 0; i < tokens.length; i++) {
    const token = (tokens[i] ?? '').replace(/^["']|["')}]+$/g, '');
    const name = token.split('/').at(-1) ?? '';
    if (TESTS.test(token)) return [];
    // A program within the line prepares too: perl -e 'sleep 5'.
    if (INTERPRETERS.test(name) && /^-[ec]$/.test(tokens[i + 1] ?? '')) return [];
    // sudo's user, and their like.
    if (/^-[ug]$/.test(token)) {
      i++;
      continue;
    }
    // Flags, assignments, numbers, files to lock: what stands before a program.
    if (/^-|=|^\d|^[<>&]/.test(token) || /\.lock$/.test(token) || WRAPPERS.test(name)) continue;
    if (INTERPRETERS.test(name)) continue;
    const next = tokens[i + 1] ?? '';
    const subcommand = /^[a-z][\w:-]*$/i.test(next) ? [next] : [];
    return [name.replace(/\.(?:sh|bash|py|pl|rb|js|mjs|ts|php|jar)$/, ''), ...subcommand];
  }
  return [];
}

const kebab = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase()
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
