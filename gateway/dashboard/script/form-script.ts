// Forms are sent once, and what came of it is where the reader is taken.

export const FORM_SCRIPT = `
let sending = new WeakSet();
const pressed = new Map();
addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== 'post') return;
  if (sending.has(form)) { event.preventDefault(); return; }
  sending.add(form);
  if (event.submitter === null) return;
  pressed.set(event.submitter, event.submitter.textContent);
  event.submitter.textContent += '…';
});
// Back at a page that was left, everything can be sent again.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  sending = new WeakSet();
  for (const [button, words] of pressed) button.textContent = words;
  pressed.clear();
});
document.querySelector('[data-focus]')?.focus();
const withoutDone = new URL(location.href);
if (withoutDone.searchParams.has('done')) {
  withoutDone.searchParams.delete('done');
  history.replaceState(null, '', withoutDone);
}
`;
