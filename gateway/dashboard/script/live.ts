// Keeps the page as it is by now. A stream says that something has changed; the page then asks for itself, and takes what differs.
// A hidden tab has no stream: so tabs do not use up what a browser or the gateway has of them.

export const LIVE = `
const main = document.getElementById('main');
const dot = document.getElementById('live');
const stale = document.getElementById('stale');
const RETRIES_S = [5, 10, 30];
const WAIT_MS = 1000;
let stream = null;
let retry = 0;
let timer = 0;
let isPaused = false;
let asOf = new Date();
let held = null;

const STATES = {
  live: '',
  lost: 'The connection is lost, and the page tries again.',
  away: 'Temporal does not answer.',
  over: 'You are no longer signed in: load the page again.',
  paused: 'Paused: p goes on.',
};
function stands(state) {
  if (dot === null || stale === null) return;
  dot.hidden = state === 'none';
  dot.dataset.state = state;
  dot.textContent = state === 'live' ? 'live' : state;
  const words = STATES[state] ?? '';
  const at = asOf.toLocaleTimeString('sv-SE', { timeZone: main.dataset.zone });
  const text = words === '' ? '' : words + ' This is as of ' + at + '.';
  if (stale.textContent !== text) stale.textContent = text;
  stale.hidden = text === '';
  cutOff(['lost', 'away', 'over'].includes(state));
}

function close() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
}
function open() {
  const path = main?.dataset.live;
  if (stream !== null || path === undefined || isPaused || document.hidden) return;
  clearTimeout(timer);
  stream = new EventSource(path);
  stream.addEventListener('open', () => { retry = 0; stands('live'); });
  stream.addEventListener('away', () => stands('away'));
  for (const name of ['view', 'list', 'outcome'])
    stream.addEventListener(name, () => { stands('live'); refresh(); });
  // After the outcome of one execution there is nothing more to hear, and the page that comes says so.
  if (!path.includes('follow=run')) stream.addEventListener('outcome', close);
  stream.addEventListener('error', () => {
    stands('lost');
    // Else the browser connects again by itself.
    if (stream === null || stream.readyState !== EventSource.CLOSED) return;
    close();
    timer = setTimeout(() => { open(); refresh(); }, 1000 * RETRIES_S[Math.min(retry++, 2)]);
  });
}

let isAsking = false;
let isAskedAgain = false;
/** The page itself was refused, of which no stream says that it is over. */
let isRefused = false;
async function refresh() {
  if (isAsking) { isAskedAgain = true; return; }
  isAsking = true;
  let isAnswered = false;
  busy();
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' }, redirect: 'manual' });
    isAnswered = answer.status < 500;
    if (answer.type === 'opaqueredirect' || answer.status === 401) { close(); stands('over'); }
    else if (answer.ok) {
      const text = await answer.text();
      if (isRefused) stands(main.dataset.live === undefined ? 'none' : 'live');
      isRefused = false;
      if (!isPaused) take(new DOMParser().parseFromString(text, 'text/html'));
    } else if (answer.status === 503) { isRefused = true; stands('away'); }
  } catch {
    stands('lost');
  }
  idle();
  await new Promise((resolve) => setTimeout(resolve, isAnswered ? WAIT_MS : 1000 * RETRIES_S[0]));
  isAsking = false;
  if (isAskedAgain || !isAnswered) { isAskedAgain = false; refresh(); }
}

const rowsOf = (root) => [...root.querySelectorAll('[data-row]')].map((row) => row.getAttribute('href'));
/** Somebody is about to press a row: it does not move away. */
const isAtRow = () =>
  main.querySelector('tbody tr:hover, .items > li:hover') !== null ||
  (document.activeElement?.matches('[data-row]') ?? false);

function take(page) {
  const newer = page.getElementById('main');
  if (newer === null) return;
  const [before, after] = [rowsOf(main), rowsOf(newer)];
  if (before.join(' ') !== after.join(' ') && isAtRow()) return hold(page, newer, before, after);
  apply(page, newer);
}
function apply(page, newer) {
  held = null;
  showHeld(0);
  asOf = new Date();
  const was = document.title;
  morphPage(main, newer);
  if (page.title !== was) {
    document.title = page.title;
    say(page.title.replace(/ · goalkeeper$/, ''));
  }
  if (main.dataset.live === undefined && stream !== null) close();
  if (main.dataset.live === undefined) stands('none');
  else open();
}
/** Changes rows where they are, and keeps the new ones back. */
function hold(page, newer, before, after) {
  held = page;
  for (const row of main.querySelectorAll('[data-row]')) {
    const same = [...newer.querySelectorAll('[data-row]')].find((one) => one.getAttribute('href') === row.getAttribute('href'));
    const [from, to] = [row.closest('tr, li'), same?.closest('tr, li')];
    if (from && to) morph(from, to);
  }
  showHeld(after.filter((href) => !before.includes(href)).length || 1);
}
function showHeld(n) {
  const button = document.getElementById('held');
  if (button === null) return;
  button.hidden = n === 0;
  if (n === 0) return;
  button.textContent = n === 1 ? '1 change: show it' : n + ' changes: show them';
  say(button.textContent);
}
const showNow = () => { if (held !== null) apply(held, held.getElementById('main')); };
document.getElementById('held')?.addEventListener('click', showNow);
main?.addEventListener('pointerleave', () => { if (!(document.activeElement?.matches('[data-row]') ?? false)) showNow(); });

function pause() {
  isPaused = !isPaused;
  if (isPaused) { close(); stands('paused'); }
  else { open(); refresh(); }
}
// What has no stream is asked for now and then: what is under way until it is over.
function askLater() {
  const seconds = Number(main?.dataset.again ?? 1);
  setTimeout(() => {
    if (main?.dataset.again !== undefined && !document.hidden && !isPaused) refresh();
    askLater();
  }, 1000 * seconds);
}
askLater();
if (main !== null) {
  document.addEventListener('visibilitychange', () => { if (document.hidden) close(); else open(); });
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);
  open();
}
`;
