// Makes a part of the page like a newer one by what differs alone: what a reader has opened, typed, chosen or focused stays.
//
// An element is the same as the one before by its ID; a row of a list by what it links to; anything else by its place and kind.

export const MORPH = `
/** What a reader opened or closed by hand is theirs. */
const touched = new WeakSet();
addEventListener('click', ({ target }) => {
  const summary = target instanceof Element ? target.closest('summary') : null;
  if (summary !== null) touched.add(summary.parentElement);
});

const isDirty = (field) =>
  field.type === 'checkbox' || field.type === 'radio' ? field.checked !== field.defaultChecked
  : field.localName === 'select' ? [...field.options].some((one) => one.selected !== one.defaultSelected)
  : field.type !== 'hidden' && field.localName !== 'button' && field.value !== field.defaultValue;
/** Whether somebody is at a form, or has typed into it. */
const isUsed = (form) => form.contains(document.activeElement) || [...form.elements].some(isDirty);
const holdsUsed = (node) =>
  node.nodeType === 1 && [node, ...node.querySelectorAll('form')].some((one) => one.localName === 'form' && isUsed(one));
const isKept = (node) => node.nodeType === 1 && (node.hasAttribute('data-keep') || holdsUsed(node));

const keyOf = (node) => {
  if (node.nodeType !== 1) return '';
  if (node.id !== '') return '#' + node.id;
  const link = node.localName === 'tr' || node.localName === 'li' ? node.querySelector('a[href]') : null;
  return link === null ? '' : link.getAttribute('href');
};

function morph(from, to) {
  if (from.nodeType !== 1) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.localName === 'form' && isUsed(from)) return;
  const isTheirs = (name) => name === 'open' && touched.has(from);
  for (const { name, value } of to.attributes)
    if (from.getAttribute(name) !== value && !isTheirs(name)) from.setAttribute(name, value);
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !isTheirs(name)) from.removeAttribute(name);
  morphChildren(from, to);
}

function morphChildren(from, to) {
  const keyed = new Map();
  for (const child of from.childNodes) {
    const key = keyOf(child);
    if (key !== '') keyed.set(key, [...(keyed.get(key) ?? []), child]);
  }
  const matchOf = (want, at) => {
    const key = keyOf(want);
    if (key !== '') return keyed.get(key)?.shift() ?? null;
    for (let one = at; one !== null; one = one.nextSibling)
      if (one.nodeName === want.nodeName && keyOf(one) === '' && !(one.nodeType === 1 && one.hasAttribute('data-keep'))) return one;
    return null;
  };
  const pass = (at) => {
    while (at !== null && at.nodeType === 1 && at.hasAttribute('data-keep')) at = at.nextSibling;
    return at;
  };
  let at = pass(from.firstChild);
  for (const want of [...to.childNodes]) {
    const match = matchOf(want, at);
    if (match === null || match.nodeName !== want.nodeName) from.insertBefore(document.importNode(want, true), at);
    else {
      if (match === at) at = pass(at.nextSibling);
      else from.insertBefore(match, at);
      morph(match, want);
    }
  }
  while (at !== null) {
    const next = at.nextSibling;
    if (!isKept(at)) at.remove();
    at = next;
  }
}

/** What somebody reads: the first part of the page that begins in sight. */
const readIn = (root) =>
  scrollY === 0 ? undefined : [...root.querySelectorAll('h2, h3, summary, tr, li, p')].find((one) => one.getBoundingClientRect().top >= 0);

/** The same for the whole page, with the focus and what is read where they were. */
function morphPage(from, to) {
  const active = document.activeElement;
  const read = readIn(from);
  const top = read?.getBoundingClientRect().top;
  morph(from, to);
  if (read?.isConnected) scrollBy({ top: read.getBoundingClientRect().top - top, behavior: 'instant' });
  if (active === null || active === document.activeElement || active === document.body) return;
  (active.isConnected ? active : from).focus({ preventScroll: true });
}
`;
