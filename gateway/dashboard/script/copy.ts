// Copies texts, and says what happened to whoever does not see it.

export const COPY = `
const said = document.getElementById('said');
const say = (text) => { if (said !== null) said.textContent = text; };

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page without TLS has no clipboard of its own.
    const field = document.createElement('textarea');
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  say('Copied ' + text.slice(0, 100));
  if (!button) return;
  button.dataset.words ??= button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = button.dataset.words; }, 1500);
}
addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('button[data-copy], button[data-copies]') : null;
  if (button === null) return;
  const from = button.dataset.copies;
  copy(from === undefined ? button.dataset.copy : (document.getElementById(from)?.textContent ?? ''), button);
});
`;
