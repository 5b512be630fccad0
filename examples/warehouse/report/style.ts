// The look of the delay report, in light and in dark.

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --ink: #1c1b19; --quiet: #5f5b54; --rule: #e3dfd7; --bar: #c2561a; --average: #1c1b19;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171614; --ink: #f1eee8; --quiet: #aba59b; --rule: #35322d; --bar: #e9803f; --average: #f1eee8;
  }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 17px/1.55 system-ui, sans-serif; }
main { max-width: 908px; margin: 0 auto; padding: 48px 24px 64px; }
.kicker { color: var(--quiet); }
h1 { font-size: 44px; line-height: 1.1; letter-spacing: -0.02em; margin: 4px 0 16px; }
h2 { font-size: 22px; letter-spacing: -0.01em; margin: 48px 0 12px; }
.lead { font-size: 21px; line-height: 1.45; max-width: 34em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 16px 24px;
  margin-top: 32px; padding: 20px 0; border: solid var(--rule); border-width: 1px 0; }
dt { color: var(--quiet); font-size: 15px; }
dd { font-size: 28px; font-weight: 650; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
figure { margin: 8px 0 12px; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 620px; height: auto; font: 14px system-ui, sans-serif; fill: var(--ink); }
.bar { fill: var(--bar); }
.grid { stroke: var(--rule); }
.average { stroke: var(--average); stroke-width: 1.5; stroke-dasharray: 5 4; }
.tick, .axis, figcaption, footer { fill: var(--quiet); color: var(--quiet); }
.tick { font-size: 13px; }
.value, .note { font-weight: 600; font-variant-numeric: tabular-nums; }
.note, .value { font-size: 13px; }
.note { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
figcaption, footer { font-size: 15px; }
summary { cursor: pointer; }
table { border-collapse: collapse; margin-top: 12px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 28px 4px 0; text-align: right; border-bottom: 1px solid var(--rule); font-weight: inherit; }
th:first-child { text-align: left; }
thead { color: var(--quiet); }
tfoot { font-weight: 650; }
footer { margin-top: 48px; padding-top: 20px; border-top: 1px solid var(--rule); }
footer p { max-width: 46em; margin-bottom: 8px; }
`;
