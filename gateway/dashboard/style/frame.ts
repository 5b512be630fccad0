// The frame of each page, its lists, buttons and drawings.

export const FRAME = `
/* Frame */
.frame { display: grid; grid-template-columns: 204px minmax(0, 1fr); min-height: 100vh; }
.rail { border-right: 1px solid var(--line); }
.rail > div { padding: 20px 12px; display: flex; flex-direction: column; gap: 24px; position: sticky; top: 0; height: 100vh; }
.brand { display: flex; align-items: center; gap: 9px; padding: 0 8px; font-weight: 650; letter-spacing: -.01em; color: var(--ink); }
.brand:hover { text-decoration: none; }
.nav a { display: flex; align-items: center; gap: 10px; padding: 6px 8px; border-radius: var(--round); color: var(--ink-2); }
.nav a:hover { background: var(--sunk); text-decoration: none; }
.nav a[aria-current] { background: var(--sunk); color: var(--ink); font-weight: 600; }
.nav .n { margin-left: auto; font-size: 12px; font-weight: 600; min-width: 20px; padding: 0 6px; border-radius: 10px; text-align: center; line-height: 18px; }
.nav .n.hot { background: var(--failed-mark); color: light-dark(#fff, #17100e); }
.nav .n.cold { color: var(--ink-3); font-weight: 400; }
.rail .stand a[aria-current] { color: var(--ink); font-weight: 600; }
.rail .stand { margin-top: auto; padding: 0 8px; font-size: 12px; color: var(--ink-3); display: grid; gap: 6px; }
.live { display: flex; align-items: center; gap: 7px; color: var(--ink-2); }
.live::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: var(--achieved-mark); }
kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; font-size: 11px; color: var(--ink-2); background: var(--card); }
main { padding: 26px 36px 64px; max-width: 1200px; width: 100%; }
.bar { display: flex; align-items: center; gap: 8px 14px; flex-wrap: wrap; margin-bottom: 18px; min-height: 30px; font-size: 13px; color: var(--ink-2); }
.crumbs { display: flex; align-items: center; gap: 7px; flex-wrap: wrap; min-width: 0; max-width: 100%; }
.crumbs span[aria-hidden] { color: var(--ink-3); }
.bar .end { margin-left: auto; display: flex; gap: 12px; align-items: center; }
.find { display: flex; align-items: center; gap: 8px; border: 1px solid var(--edge); border-radius: var(--round); background: var(--card); padding: 3px 8px; color: var(--ink-3); width: 210px; }
.find input { border: 0; background: none; font: inherit; color: var(--ink); width: 100%; outline: 0; padding: 0; }
.find:focus-within { outline: 2px solid var(--accent); outline-offset: 1px; }
.find input::placeholder { color: var(--ink-3); opacity: 1; }
.pick { display: inline-flex; max-width: 100%; border: 1px solid var(--line); border-radius: var(--round); overflow: auto hidden; background: var(--card); }
.pick a { white-space: nowrap; padding: 3px 10px; color: var(--ink-2); border-left: 1px solid var(--line); }
.pick a:first-child { border-left: 0; }
.pick a[aria-current] { background: var(--sunk); color: var(--ink); font-weight: 600; }

h1 { font-size: 27px; line-height: 1.22; font-weight: 650; letter-spacing: -.021em; text-wrap: balance; max-width: 26em; }
h2 { flex-wrap: wrap; overflow-wrap: normal; font-size: 12px; line-height: 1.4; font-weight: 650; letter-spacing: .055em; text-transform: uppercase; color: var(--ink-3); display: flex; align-items: baseline; gap: 8px; }
h2 .n { font-weight: 400; letter-spacing: 0; text-transform: none; font-size: 13px; }
h2 .end { margin-left: auto; text-transform: none; letter-spacing: 0; font-weight: 400; }
h3 { font-size: 15px; font-weight: 650; letter-spacing: -.008em; }
.lead { font-size: 15px; color: var(--ink-2); margin-top: 6px; max-width: 46em; }
.split { display: grid; grid-template-columns: minmax(0, 1fr) 264px; gap: 44px; margin-top: 30px; align-items: start; }
section + section, main > * + section, main > * + .two, .foot + section { margin-top: 34px; }
section section { margin-top: 34px; }
.lead + :is(.facts, .hint), .hours + .legend { margin-top: 6px; }
h1 + .hint { margin-top: 8px; }
section + .acts { margin-top: 22px; }
.tabs + :is(.lead, .hint) { margin-top: 14px; }
.two > section + section, .two > section { margin-top: 0; }
.aside section + section { margin-top: 28px; }
.aside { font-size: 13px; }
.aside h2 { margin-bottom: 8px; }

/* Buttons: one is primary in a group. */
.acts { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.b { display: inline-flex; align-items: center; justify-content: center; font: inherit; font-size: 13px; font-weight: 550; line-height: 20px; padding: 4px 12px; border-radius: var(--round); border: 1px solid var(--edge); background: var(--card); color: var(--ink); cursor: pointer; }
.b:hover { background: var(--sunk); text-decoration: none; }
.b.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.b.main:hover { filter: brightness(1.08); }
.b.plain { border-color: transparent; background: none; color: var(--ink-2); padding-inline: 6px; }
.b.no { color: var(--failed); }
a.b.b { text-decoration: none; }
/* What cannot be done for now. */
a[data-act][aria-disabled=true]:not(.b) { color: var(--ink-3); text-decoration: line-through; cursor: not-allowed; }
.b.b[aria-disabled=true] { background: none; border: 1px dashed var(--edge); color: var(--ink-3); cursor: not-allowed; filter: none; }
/* Something is on its way. */
main[aria-busy=true]::before { content: ""; position: fixed; inset: 0 0 auto 0; border-top: 2px solid var(--accent); z-index: 9; }

/* Lists of things that need somebody */
.items > li { border-top: 1px solid var(--line); padding: 16px 0 18px; display: grid; grid-template-columns: 22px minmax(0, 1fr) auto; gap: 2px 12px; }
.items > li:last-child { border-bottom: 1px solid var(--line); }
h2 + .items { margin-top: 8px; }
.items .head { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; }
.items .head a { color: var(--ink); }
.items .when { grid-row: 1 / 3; grid-column: 3; text-align: right; font-size: 13px; color: var(--ink-2); white-space: nowrap; }
.items .when .strip { margin: 8px 0 0 auto; }
.items .body { grid-column: 2; grid-row: 2; display: grid; gap: 8px; }
.say { font-size: 15px; line-height: 1.45; max-width: 44em; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--ink-2); }
.code { font-family: var(--mono); font-size: 12.5px; }
.way { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 7px; font-family: var(--mono); font-size: 12.5px; color: var(--ink-2); }
.way .arrow { color: var(--ink-3); }
.way .last { color: var(--failed); font-weight: 600; }
.meter { width: 100%; max-width: 470px; height: 38px; }
.on { font-size: 13px; color: var(--ink-2); display: grid; gap: 6px; }
.on li { display: grid; grid-template-columns: 16px 1fr; gap: 8px; }
.pairs { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; }
.pairs dt { color: var(--ink-3); }
.pairs dd { color: var(--ink); }
.pairs dd.healed { color: var(--healed); }
.nums { display: grid; gap: 4px; line-height: 24px; }
.clock dt, .clock dd { line-height: 24px; }
.clock a { display: inline-block; text-decoration: none; }
.clock { gap: 0 14px; }
.nums li { display: flex; gap: 8px; align-items: baseline; }
.nums b { min-width: 34px; text-align: right; font-weight: 600; }

/* Drawings. Outcomes stand on the line, what healed hangs below it. */
.d-achieved { fill: var(--achieved-mark); }
.d-failed { fill: var(--failed-mark); }
.d-accepted { fill: none; stroke: var(--failed-mark); }
.d-struggling { fill: var(--struggling-mark); }
.d-waiting { fill: var(--waiting-mark); }
.d-pursuing { fill: var(--pursuing); }
.d-healed { fill: var(--healed-mark); }
.d-cancelled { fill: var(--card); stroke: var(--edge); }
.d-none { fill: none; stroke: var(--edge); }
.d-line { stroke: var(--line); }
.d-base { stroke: var(--edge); }
.d-dash { stroke: var(--edge); stroke-dasharray: 2 3; }
.d-late { stroke: var(--failed-mark); stroke-dasharray: 3 3; }
.d-cap { fill: var(--failed-mark); }
.d-tick { stroke: var(--healed-mark); stroke-width: 2; }
.d-cross { stroke: var(--card); stroke-width: 1.6; stroke-linecap: round; }
.d-back { stroke: var(--healed-mark); stroke-dasharray: 1 3; stroke-linecap: round; stroke-width: 1.5; }
.d-queue { fill: var(--card); stroke: var(--edge); stroke-width: 1.5; }
.d-asked { fill: none; stroke: var(--waiting-mark); stroke-width: 1.5; }
.d-event { fill: none; stroke: var(--ink-3); stroke-width: 1.5; stroke-dasharray: 4 3; }
.d-sleep { stroke: var(--ink-3); stroke-width: 2; stroke-dasharray: 7 5; }
.d-end { stroke: var(--ink-3); stroke-width: 2; }
.d-rest { fill: none; stroke: var(--edge); vector-effect: non-scaling-stroke; }
.d-sunk { fill: var(--sunk); }
.d-fold { fill: var(--page); stroke: var(--line); }
.d-text { fill: var(--ink-3); font: 11px var(--sans); }
.d-text.strong { fill: var(--ink-2); }
.d-text.bad { fill: var(--failed); font-weight: 600; }
.d-hatch-w { fill: url(#hatch-w); stroke: var(--waiting-mark); }
.d-hatch-p { fill: url(#hatch-p); stroke: var(--pursuing); }
.d-hatch-s { fill: url(#hatch-s); stroke: var(--struggling-mark); }
.s-waiting { stroke: var(--waiting-mark); }
.s-pursuing { stroke: var(--pursuing); }
.s-struggling { stroke: var(--struggling-mark); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 12px; color: var(--ink-3); }
.legend span { display: inline-flex; gap: 6px; align-items: center; }
.tabs.wraps { flex-wrap: wrap; gap: 0 18px; }
.filters { display: flex; flex-wrap: wrap; gap: 10px; align-items: end; margin: 16px 0 6px; }
.filters label { flex: 0 1 156px; text-transform: capitalize; }
main > .facts > a { display: inline-block; min-height: 24px; }
/* Each route of the API: its address, and beside it what it does */
.routes { margin-top: 8px; }
.routes li { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 2px 24px; padding: 7px 0; border-top: 1px solid var(--line); font-size: 13px; }
/* What a phone has below the page, as its navigation has no room. */
.below { display: none; flex-wrap: wrap; gap: 8px 18px; align-items: center; margin-top: 34px; padding-top: 14px; border-top: 1px solid var(--line); font-size: 14px; }
.below a { min-height: 24px; }
`;
