// Forms, what they say, and what was done.

export const FORMS = `
/* Forms */
.action { max-width: 720px; display: grid; gap: 16px; }
.action .lead { margin-top: -8px; }
.form { gap: 14px; }
.asks .form, .form .form { padding: 0; border: 0; background: none; }
.form .hint { margin-top: 3px; }
.in[aria-invalid] { border-color: var(--failed-mark); }
.wrong { color: var(--failed); font-size: 13px; margin-top: 3px; }
.check { align-items: center; min-height: 24px; }
.check input { width: 16px; height: 16px; margin: 0; flex: none; accent-color: var(--accent); }
legend { margin-bottom: 4px; }
select.in { min-height: 32px; }
.shown { border-top: 1px solid var(--line); padding-top: 14px; display: grid; gap: 10px; }
.shown section { margin-top: 0; }
.banner.bad { background: var(--failed-tint); border-color: var(--failed-mark); margin: 0; }
.banner.good { border-color: var(--achieved-mark); background: var(--card); margin: 0 0 16px; }
.banner ul { display: grid; gap: 2px; }
.form details .form { padding: 4px 0 12px 20px; }
.form details, .form details:last-of-type { border: 0; }
.narrow, .narrow:last-of-type { border: 0; }
.narrow > summary { padding: 10px 0 4px; font-size: 13px; color: var(--ink-2); width: fit-content; }
.narrow .filters { margin-top: 6px; }
.form summary { padding: 2px 0; color: var(--ink-2); font-size: 13px; }
.acts + .cards { margin-top: 16px; }
.lead + .acts { margin-top: 16px; }
.verdict :is(.asks, .cause, h1) + .hint { margin-top: 12px; }

/* What only script can do */
.js-only { display: none; }
.js .js-only { display: inline-flex; }
.crumbs + .js-only .b { padding: 2px 6px; min-height: 24px; font-size: 13px; }
.stand .b { justify-content: flex-start; padding: 0; font-size: 12px; font-weight: 400; min-height: 24px; }

/* As of when */
.live[data-state]:not([data-state=live])::before { background: var(--struggling-mark); border-radius: 0; }
.stale { position: fixed; z-index: 6; inset: auto 16px 16px; width: fit-content; margin-inline: auto; padding: 8px 14px; border: 1px solid var(--struggling-mark); border-radius: 8px; background: var(--card); color: var(--ink); font-size: 13px; }
.held { position: fixed; z-index: 6; right: 24px; bottom: 16px; }
:is(.stale, .held, .live)[hidden] { display: none; }
dialog { border: 1px solid var(--edge); border-radius: 8px; background: var(--card); color: var(--ink); padding: 20px 24px; max-width: 460px; width: calc(100vw - 32px); }
dialog::backdrop { background: rgb(0 0 0 / .35); }
dialog .pairs { margin: 14px 0; }
dialog form { display: flex; gap: 12px; justify-content: space-between; align-items: center; }
`;
