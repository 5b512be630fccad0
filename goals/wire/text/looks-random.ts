// Tells an ID that somebody drew at random from a word or a name that somebody chose, with neither a list of words nor
// a sure answer: by which characters stand beside each other.

/** The 200 pairs of letters that make up nine tenths of the names in programs. */
const COMMON = new Set(
  (
    'abacadagaialamanaparasatauaybabebjblbobucacechckclcocrctcudadedidldodueaecedefegelemenepeqeresetevexeyfafefi' +
    'flfofsfugegigngrguhahehihohtiaibicidieifigiliminioipirisitivizjejskelalelilllolsltlulymamemimmmompnancndnenf' +
    'ngninnnonsntnvoaobocodogokolomonoooporosotouovowpapepiplpoprptpuqurarcrdrerirkrmrnrorrrsrtrurvrysascseshsisos' +
    'psstsusytatctethtitotptrtstttutyucueuiulumunupurusutvaveviwiwoxpxtynypzezo'
  ).match(/../g),
);

// How much a pair speaks for a name (above 0) or for chance: binary logarithms of how much more often it stands in names
// of programs than in random characters. l: a small letter, U: a capital, d: a digit.
const PAIRS: Readonly<Record<string, number>> = {
  'll+': 4,
  'll-': -1,
  'UU+': -1,
  'UU-': -4,
  'Ul+': 1,
  'Ul-': -4,
  lU: -1,
  Ud: -7,
  dU: -5,
  ld: -4,
  dl: -6,
  dd: -2,
};
const SEPARATED = -1;

const kindOf = (character: string): string =>
  /[a-z]/.test(character) ? 'l' : /[A-Z]/.test(character) ? 'U' : /\d/.test(character) ? 'd' : '';

/** How much each pair of characters speaks for a name, on average: above 0 for what is rather one. */
export function nameLikeness(text: string): number {
  // What is all in capitals is read as words are.
  const read = /[a-z]/.test(text) ? text : text.toLowerCase();
  let sum = 0;
  for (let i = 0; i + 1 < read.length; i++) {
    const [one, other] = [kindOf(read[i] as string), kindOf(read[i + 1] as string)];
    const pair = one + other;
    const isCommon = COMMON.has(read.slice(i, i + 2).toLowerCase());
    const known = ['ll', 'UU', 'Ul'].includes(pair) ? pair + (isCommon ? '+' : '-') : pair;
    sum += one === '' || other === '' ? SEPARATED : (PAIRS[known] ?? 0);
  }
  return read.length < 2 ? 0 : sum / (read.length - 1);
}

/** `least`: how much must speak for a name. */
export const looksRandom = (text: string, least = 0): boolean =>
  new Set(text.toLowerCase()).size > 4 && /[a-z][^a-z]*[a-z]/i.test(text) && nameLikeness(text) < least;
