// Keys. They are off while somebody types, and where the reader has switched them off.

export const KEYS = `
const keys = document.getElementById('keys');
const areOff = document.getElementById('keys-off');
const kept = () => { try { return localStorage.getItem('gk-keys'); } catch { return null; } };
if (areOff !== null) {
  areOff.checked = kept() === 'off';
  areOff.addEventListener('change', () => {
    try { localStorage.setItem('gk-keys', areOff.checked ? 'off' : 'on'); } catch { /* It holds for this page. */ }
  });
}
addEventListener('click', ({ target }) => {
  if (target instanceof Element && target.closest('[data-keys]') !== null) keys?.showModal();
});

const screens = { a: '/', g: '/goals', r: '/runs', e: '/errors', t: '/schedules', o: '/operations' };
let goes = false;
const isTyping = (target) =>
  target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null;
const press = (selector) => { document.querySelector(selector)?.click(); };

function move(by) {
  const rows = [...document.querySelectorAll('main [data-row], main .path .name a')];
  const at = rows.indexOf(document.activeElement);
  rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}
function unfold() {
  const near = document.activeElement?.closest('details, tr, li');
  const one = near?.matches('details') ? near : (near?.querySelector('details') ?? document.querySelector('main details'));
  if (!one) return;
  touched.add(one);
  one.open = !one.open;
}
function copyId() {
  const row = document.activeElement?.matches('[data-row]') ? document.activeElement : null;
  if (row !== null) copy(row.href);
  else press('[data-copy-id]');
}
const actions = {
  '/': () => document.getElementById('q')?.focus(),
  '?': () => keys?.showModal(),
  '.': () => document.querySelector('#acts a, main form[method=post] button')?.focus(),
  j: () => move(1),
  k: () => move(-1),
  x: unfold,
  c: copyId,
  y: () => press('main form[method=post] button[value=curl]'),
  u: () => press('.pick a:not([aria-current])'),
  n: showNow,
  p: pause,
};
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && isTyping(event.target)) { event.target.blur(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || keys?.open || areOff?.checked) return;
  const screen = goes ? screens[event.key] : undefined;
  goes = event.key === 'g' && !goes;
  const act = screen === undefined ? actions[event.key] : () => location.assign(screen);
  if (act === undefined) return;
  event.preventDefault();
  act();
});
`;
