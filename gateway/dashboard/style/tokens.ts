// One token a line, light and dark; no colour stands anywhere else. Then what words and marks look like.

export const TOKENS = `
:root {
  color-scheme: light dark;

  --page: light-dark(#faf9f6, #141311);
  --card: light-dark(#ffffff, #1c1b18);
  --sunk: light-dark(#f2f0eb, #0f0e0d);
  --line: light-dark(#e4e0d8, #302d28);
  --edge: light-dark(#8d867a, #7d766b);
  --ink: light-dark(#1b1a17, #edeae4);
  --ink-2: light-dark(#55514a, #b8b2a7);
  --ink-3: light-dark(#6c675e, #989186);
  --accent: light-dark(#2a4fc4, #93abff);
  --on-accent: light-dark(#ffffff, #10131f);

  --achieved: light-dark(#11704f, #5cc49b);
  --achieved-mark: light-dark(#2c9470, #3f9f7c);
  --failed: light-dark(#b2241b, #ff8b7c);
  --failed-mark: light-dark(#c93a2e, #f0705f);
  --failed-tint: light-dark(#fdf1ef, #2b1815);
  --struggling: light-dark(#9a4a00, #f2a861);
  --struggling-mark: light-dark(#c46a14, #d98a3d);
  --struggling-tint: light-dark(#fdf4e9, #291d10);
  --waiting: light-dark(#733c99, #cba2ea);
  --waiting-mark: light-dark(#9159b8, #a97acb);
  --waiting-tint: light-dark(#f8f2fc, #221a2a);
  --pursuing: var(--accent);
  --healed: light-dark(#6f6857, #a39a86);
  --healed-mark: light-dark(#8f8570, #7d7563);

  --sans: Inter, "SF Pro Text", -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --round: 6px;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }

*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 16px; overflow-anchor: none; }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.5 var(--sans); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1, h2, h3, p, ol, ul, dl, dd, figure, pre, fieldset { margin: 0; padding: 0; }
ol, ul { list-style: none; }
fieldset { border: 0; min-width: 0; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; text-underline-offset: 3px; }
:is(p, dd, td, td > .faint, li > span, .facts > span) > a { text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 45%, transparent); text-underline-offset: 3px; }
.head a { text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 30%, transparent); text-underline-offset: 3px; }
h3 a { text-decoration: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code, pre, kbd, .mono { font-family: var(--mono); font-size: 12.5px; }
svg { display: block; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 12px; top: 12px; z-index: 9; background: var(--card); padding: 8px 12px; }
.sprite { position: absolute; width: 0; height: 0; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.i { width: 16px; height: 16px; flex: none; }
.i.l { width: 22px; height: 22px; }

/* Words of state carry their shape as well as their colour. */
.achieved { color: var(--achieved); }
.failed { color: var(--failed); }
.struggling { color: var(--struggling); }
.waiting { color: var(--waiting); }
.pursuing { color: var(--pursuing); }
.healed { color: var(--healed); }
.cancelled, .none { color: var(--ink-3); }
.quiet { color: var(--ink-2); }
.faint, .exactly { color: var(--ink-3); }
/* The whole of a time, for who cannot point at it. */
.at:focus-visible::after { content: " · " attr(title); }
.state { display: inline-flex; align-items: baseline; gap: 6px; font-weight: 600; }
.state > .i { align-self: center; }
`;
