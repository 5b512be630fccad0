// Whether a regular expression can blow up: with some text of a few thousand letters it takes a time that grows with
// their square, or with a power of them. It is tried on texts made of what it repeats itself.

import { createContext, Script } from 'node:vm';
import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** A pattern that tries all ways to match this often repeated part never ends. */
const FEW = 36;
/** One that begins anew at each letter shows with so many. */
const MANY = 4_000;
/** A pattern in good order takes a twentieth of it. */
const LIMIT_MS = 5;
const STOPPED_MS = 100;
/** A busy machine makes one try slow, and not each after it. */
const TRIES = 2;
const MOST_SAMPLES = 8;
const MOST_TEXTS = 400;
const LONGEST_PART = 40;

/** The part that, repeated, holds it up; null when none was found. */
export function slowPart(pattern: RegExp): string | null {
  const parts = partsOf(pattern);
  if (parts.length === 0) return null;
  const tried = triesOf(pattern);
  const texts = [FEW, MANY].flatMap((n) =>
    parts.map(({ before, part, after }) => ({ part, text: `${before}${part.repeat(n)}${after}` })),
  );
  for (let from = 0; from < texts.length; from++) {
    from = tried.firstSlow(texts, from);
    if (from === -1) return null;
    const { text, part } = texts[from] as (typeof texts)[number];
    if (Array.from({ length: TRIES }, () => tried.isSlow(text)).every(Boolean)) return part;
  }
  return null;
}

interface Part {
  before: string;
  part: string;
  after: string;
}

function triesOf({ source, flags }: RegExp) {
  const context = createContext({ texts: [], at: 0, now: () => performance.now() });
  const once = flags.replace(/[gy]/g, '');
  new Script(
    `const pattern = new RegExp(${JSON.stringify(source)}, ${JSON.stringify(once)}); pattern.test('a'); pattern.test('b');`,
  ).runInContext(context);
  const script = new Script(
    `for (; at < texts.length; at++) { const begun = now(); pattern.test(texts[at]); if (now() - begun > ${LIMIT_MS}) break; }`,
  );
  const run = (texts: readonly string[], from: number, timeout: number): number => {
    context.texts = texts;
    context.at = from;
    try {
      script.runInContext(context, { timeout });
    } catch {}
    return context.at < texts.length ? context.at : -1;
  };
  return {
    firstSlow: (texts: readonly { text: string }[], from: number) =>
      run(
        texts.map(({ text }) => text),
        from,
        STOPPED_MS,
      ),
    isSlow: (text: string) => run([text], 0, STOPPED_MS) === 0,
  };
}

/** What to repeat, between what. Nothing for a pattern that repeats nothing. */
function partsOf({ source, flags }: RegExp): Part[] {
  const mode = { unicode: flags.includes('u'), unicodeSets: flags.includes('v') };
  const tree = new RegExpParser().parsePattern(source, 0, source.length, mode);
  const repeated = quantifiersIn(tree);
  if (repeated.length === 0) return [];
  const letters = lettersOf(tree, flags.replace(/[gy]/g, ''));
  const found = new Map<string, Part>();
  const add = (part: Part): void => {
    if (part.part !== '' && part.part.length <= LONGEST_PART && found.size < MOST_TEXTS)
      found.set(JSON.stringify(part), part);
  };
  // What comes after must not fit: no letter at all, one of each kind, or the end.
  const afters = ['\u0001', '\n\u0001\n\u0001\n', '', ...letters.all.slice(0, 4)];
  for (const quantifier of repeated) {
    const inner = samplesOf(quantifier.element, letters);
    const before = beforeOf(quantifier, letters);
    for (const after of afters) {
      for (const part of [...inner, ...letters.all.slice(0, 12)]) add({ before, part, after });
      // Without a beginning that holds it, it begins anew wherever what comes before fits.
      for (const part of inner.slice(0, 3)) add({ before: '', part: before + part, after });
    }
  }
  return [...found.values()];
}

type Leaf = AST.Character | AST.CharacterSet | AST.CharacterClass | AST.ExpressionCharacterClass;

const isLeaf = (node: AST.Node): node is Leaf =>
  ['Character', 'CharacterSet', 'CharacterClass', 'ExpressionCharacterClass'].includes(node.type);

function childrenOf(node: AST.Node): readonly AST.Node[] {
  switch (node.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return node.alternatives;
    case 'Assertion':
      return 'alternatives' in node ? node.alternatives : [];
    case 'Alternative':
      return node.elements;
    case 'Quantifier':
      return [node.element];
    default:
      return [];
  }
}

const withAll = (node: AST.Node): AST.Node[] => [node, ...childrenOf(node).flatMap(withAll)];

/** Those that may repeat often. */
const quantifiersIn = (tree: AST.Pattern): AST.Quantifier[] =>
  withAll(tree).filter((node): node is AST.Quantifier => node.type === 'Quantifier' && node.max > 20);

interface Letters {
  /** One of each kind: letters that the same parts of the pattern take. */
  all: readonly string[];
  of(leaf: Leaf): readonly string[];
}

const CANDIDATES = [
  ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)),
  ...['\t', '\n', 'é', 'Ω', '日', '\u00a0', '🎯', '1️⃣'],
];

function lettersOf(tree: AST.Pattern, flags: string): Letters {
  const leaves = [...new Set(withAll(tree).filter(isLeaf))];
  const own = leaves.flatMap((leaf) => (leaf.type === 'Character' ? [String.fromCodePoint(leaf.value)] : []));
  const tests = new Map<string, RegExp>();
  for (const { raw } of leaves) tests.set(raw, new RegExp(`^(?:${raw})$`, flags));
  const takenBy = (letter: string): string =>
    [...tests.values()].map((test) => (test.test(letter) ? '1' : '0')).join('');
  const kinds = new Map<string, string>();
  for (const letter of ['a', '0', ...own, ...CANDIDATES]) {
    const kind = takenBy(letter);
    if (kind.includes('1') && !kinds.has(kind)) kinds.set(kind, letter);
  }
  const all = [...kinds.values()];
  return { all, of: ({ raw }) => all.filter((letter) => tests.get(raw)?.test(letter)) };
}

/** Texts that it matches, of different kinds. */
function samplesOf(node: AST.Node, letters: Letters): string[] {
  if (isLeaf(node)) return letters.of(node).slice(0, MOST_SAMPLES);
  switch (node.type) {
    case 'Quantifier': {
      const once = samplesOf(node.element, letters);
      const repeated = node.min > 1 ? once.map((text) => text.repeat(Math.min(node.min, 10))) : once;
      return node.min === 0 ? ['', ...repeated].slice(0, MOST_SAMPLES) : repeated;
    }
    case 'Alternative':
      return joined(node.elements.map((element) => samplesOf(element, letters)));
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return spread(node.alternatives.map((alternative) => samplesOf(alternative, letters)));
    default:
      return [''];
  }
}

/** The nth of each, one after the other; those that have fewer begin anew. */
function joined(parts: readonly string[][]): string[] {
  const most = Math.max(1, ...parts.map(({ length }) => length));
  const texts = Array.from({ length: most + 1 }, (_, n) =>
    // The last takes of each the last: of what may be missing, that it is there.
    parts.map((part) => (n === most ? part.at(-1) : part[n % part.length]) ?? '').join(''),
  );
  return [...new Set(texts)].slice(0, MOST_SAMPLES);
}

const spread = (lists: readonly string[][]): string[] =>
  [...new Set(lists.flatMap((list) => list.slice(0, 3)))].slice(0, 2 * MOST_SAMPLES);

/** What the pattern takes before it comes to this part. */
function beforeOf(node: AST.Node, letters: Letters): string {
  let before = '';
  for (let at: AST.Node = node; at.parent !== null; at = at.parent as AST.Node) {
    const { parent } = at;
    if (parent?.type !== 'Alternative') continue;
    const earlier = parent.elements.slice(0, parent.elements.indexOf(at as AST.Element));
    before = earlier.map((element) => samplesOf(element, letters).at(-1) ?? '').join('') + before;
  }
  return before;
}
