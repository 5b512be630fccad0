// Narrow screens, forced colours, paper.

export const WIDTHS = `
@keyframes flow { to { transform: translateX(8px); } }
.flow { animation: flow 1.2s linear infinite; }
@media (prefers-reduced-motion: reduce) { .flow { animation: none; } }

@media (max-width: 1080px) {
  .split { grid-template-columns: minmax(0, 1fr); gap: 34px; }
  .aside { display: grid; grid-template-columns: 1fr 1fr; gap: 28px; }
  .aside section + section { margin-top: 0; }
  main { padding-inline: 24px; }
  .hide-m { display: none; }
}
@media (min-width: 721px) and (max-width: 1080px) {
  .frame { grid-template-columns: 56px minmax(0, 1fr); }
  .rail > div { padding: 18px 8px; }
  .brand { font-size: 0; gap: 0; padding: 0 9px; }
  .nav a { padding: 8px 12px; position: relative; }
  .nav .l { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .nav .n.hot { position: absolute; top: -2px; right: -4px; min-width: 17px; line-height: 16px; padding: 0 4px; font-size: 11px; }
  .nav .n.cold, .rail .stand > :not(.live) { display: none; }
  .rail .stand .live { font-size: 0; gap: 0; justify-content: center; }
}
@media (max-width: 900px) {
  .verdict { grid-template-columns: minmax(0, 1fr); }
  .verdict .side { border-left: 0; padding: 14px 0 0; border-top: 1px solid var(--line); }
  .path > li { grid-template-columns: 220px minmax(0, 1fr) 74px; }
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: 12px 0; display: grid; grid-template-columns: minmax(0, 1fr) fit-content(50%); gap: 2px 12px; }
  td { border: 0; padding: 0; overflow-wrap: anywhere; }
  td > .mono { white-space: normal; }
  th[scope=row] { border: 0; padding: 0; font-weight: 400; white-space: normal; }
  .cells td { grid-column: 1 / -1; }
  .cells td:first-child { font-size: 14px; }
  .cells td[data-column] { position: relative; padding-left: 108px; min-height: 22px; }
  .cells td[data-column]::before { content: attr(data-column); position: absolute; left: 0; color: var(--ink-3); }
  .cells td:empty { display: none; }
  .cells th[scope=row] { grid-column: 1 / -1; }
  /* A table that somebody else made, or of numbers, keeps its columns. */
  .scrolls table, .numbers { display: table; }
  :is(.scrolls, .numbers) thead { display: table-header-group; }
  :is(.scrolls, .numbers) tbody { display: table-row-group; }
  :is(.scrolls, .numbers) tr { display: table-row; }
  :is(.scrolls, .numbers) td { display: table-cell; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); }
  .troubles td { padding: 0; }
  .troubles tr > .t, .troubles .open > td { grid-column: 1 / -1; padding-right: 0; }
  .troubles tr.has { border-bottom: 0; }
  .troubles .open td { padding-left: 0; }
  .troubles colgroup, .goals colgroup { display: none; }
  .troubles.calm td { padding: 0; }
  .goals td { padding: 0; }
  .goals .g { grid-column: 1 / -1; padding-right: 0; }
  .goals td:empty { display: none; }
  .goals td[data-column]:not(:empty)::before { content: attr(data-column) " "; color: var(--ink-3); }
  .goals tr { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 14px; }
  .goals .g { flex: 1 0 100%; }
  .goals .g:has(.gg) + td { padding-left: 28px; }
  .goals td:not(.g) { color: var(--ink-2); font-size: 12.5px; }
  .troubles td[data-column]::before { content: attr(data-column) " "; color: var(--ink-3); }
  .hide-s { display: none; }
}
@media (max-width: 720px) {
  body { font-size: 15px; }
  .frame { display: block; }
  .rail { position: fixed; inset: auto 0 0 0; top: auto; height: auto; padding: 0; border: 0; border-top: 1px solid var(--line); background: var(--card); z-index: 5; }
  .rail > div { position: static; display: block; height: auto; padding: 0; }
  .rail .brand, .rail .stand { display: none; }
  .nav { display: grid; grid-template-columns: repeat(5, 1fr); padding-bottom: env(safe-area-inset-bottom); }
  .nav a { flex-direction: column; gap: 2px; font-size: 11px; padding: 8px 0 7px; border-radius: 0; position: relative; min-height: 52px; justify-content: center; }
  .nav a[aria-current] { background: none; box-shadow: inset 0 2px var(--ink); }
  .nav .n.hot { position: absolute; top: 3px; left: calc(50% + 5px); min-width: 17px; line-height: 16px; padding: 0 4px; font-size: 11px; }
  .nav .n.cold, .nav .wide { display: none; }
  main { padding: 14px 16px 92px; }
  .bar { margin-bottom: 12px; }
  .bar:has(.crumbs) .end, .bar .pick, .find kbd { display: none; }
  .bar .end, .bar search, .find { flex: 1; width: 100%; }
  .find { padding: 8px 10px; }
  .find input { font-size: 16px; }
  .below { display: flex; }
  .routes li { grid-template-columns: minmax(0, 1fr); }
  .filters label { flex: 1 1 140px; }
  select.in { min-height: 44px; }
  h1 { font-size: 22px; }
  .lead { font-size: 14.5px; }
  .split { margin-top: 20px; }
  .aside { grid-template-columns: 1fr; }
  .items > li { grid-template-columns: 22px minmax(0, 1fr); padding: 14px 0 16px; }
  .items .when { grid-column: 2; text-align: left; grid-row: auto; white-space: normal; }
  .items .when .strip { display: none; }
  .items .body { grid-column: 1 / -1; grid-row: auto; margin-top: 6px; }
  .stale, .held { bottom: 74px; }
  .b { min-height: 44px; padding: 8px 16px; font-size: 15px; }
  .acts .b { flex: 1 1 auto; text-align: center; }
  .b.plain { flex: 0 0 auto; }
  .in { font-size: 16px; min-height: 44px; }
  .top { grid-template-columns: minmax(0, 1fr); }
  .cards { grid-template-columns: 1fr 1fr; }
  .cards > div:nth-child(3) { border-left: 0; }
  .cards > div:nth-child(n+3) { border-top: 1px solid var(--line); }
  .chart { grid-template-columns: minmax(0, 1fr); padding: 12px; }
  .chart .labels { display: none; }
  .verdict { grid-template-columns: minmax(0, 1fr); padding: 14px 14px 16px; gap: 14px; }
  .verdict h1 { font-size: 18px; }
  .cause, .asks { margin: 12px -4px 0; padding: 12px; }
  .path > li { grid-template-columns: minmax(0, 1fr) auto; padding-bottom: 8px; }
  .path > li > .lane { grid-column: 1 / -1; grid-row: 2; }
  .path .in1 .name { padding-left: 14px; }
  .path .in2 .name { padding-left: 28px; }
  .path .axis .name, .path .axis .took { display: none; }
  .path .axis > .lane { grid-column: 1 / -1; }
  .path .axis { padding-bottom: 0; }
  .path .axis .odd { display: none; }
  .path .name { flex-wrap: wrap; gap: 0 8px; }
  .path .name small { white-space: normal; }
  .path .axis > .lane { grid-row: 1; }
  .two { grid-template-columns: minmax(0, 1fr); }
  .plan li { grid-template-columns: 64px minmax(0, 1fr); gap: 2px 10px; }
  .plan li > :nth-child(3) { grid-column: 2; }
  .errs li { grid-template-columns: auto 1fr; gap: 0 10px; }
  .troubles .errs li { grid-template-columns: auto 1fr; }
  .errs li > :nth-child(3) { grid-column: 1 / -1; }
  .errs li > :nth-child(4) { grid-column: 1 / -1; }
}
@media (forced-colors: active) {
  .nav a[aria-current], .pick a[aria-current] { box-shadow: none; outline: 2px solid Highlight; outline-offset: -2px; }
  .nav .n.hot { border: 1px solid; }
  .live::before, .d-hatch-w, .d-hatch-p, .d-hatch-s { forced-color-adjust: none; }
  .b.main { border-width: 2px; font-weight: 700; }
  .path .hit, .path .ask { outline: 2px solid Highlight; outline-offset: -2px; }
  .d-text { fill: CanvasText; }
}
@media print { .rail, .acts { display: none; } .frame { display: block; } }
`;
