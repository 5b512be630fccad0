// Says that something is on its way, once that takes longer than a blink: what answers at once is shown at once, without a flicker.

export const BUSY = `
const LATE_MS = 300;
let late = 0;
function busy() {
  clearTimeout(late);
  late = setTimeout(() => document.getElementById('main')?.setAttribute('aria-busy', 'true'), LATE_MS);
}
function idle() {
  clearTimeout(late);
  document.getElementById('main')?.removeAttribute('aria-busy');
}
// Whoever leaves for another page; one within this page answers at once.
addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (link === null || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.href.split('#')[0] !== location.href.split('#')[0]) busy();
});
addEventListener('submit', ({ defaultPrevented }) => { if (!defaultPrevented) busy(); });
addEventListener('pageshow', idle);
`;
