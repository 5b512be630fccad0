// While nobody answers, what is pressed would come to nothing: actions are off, say so, and are on again by themselves. They keep the
// focus, and what was typed stays.

export const CUT_OFF = `
const ACTS = 'form[method=post] button[type=submit], #acts a, a[data-act]';
function cutOff(is) {
  for (const act of document.querySelectorAll(ACTS)) {
    if (is) act.setAttribute('aria-disabled', 'true');
    else act.removeAttribute('aria-disabled');
  }
}
/** Before anything else hears of it. */
function refuse(event) {
  if (!(event.target instanceof Element)) return;
  // Enter in a field sends its form as well.
  const act = event.type === 'submit' ? event.target.querySelector(ACTS) : event.target.closest(ACTS);
  if (act?.getAttribute('aria-disabled') !== 'true') return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say('Nothing was done. ' + (document.getElementById('stale')?.textContent ?? ''));
}
addEventListener('click', refuse, true);
addEventListener('submit', refuse, true);
`;
