// Tables, forms, and the pages of goals.

export const GOALS = `
/* Goal */
.top { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 14px 32px; align-items: start; }
.cards { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin-top: 22px; }
.cards > div { padding: 12px 16px 13px; border-left: 1px solid var(--line); }
.cards > div:first-child { border-left: 0; }
.cards dt { font-size: 12px; color: var(--ink-3); }
.cards dd { font-size: 17px; font-weight: 600; letter-spacing: -.01em; margin-top: 1px; }
.cards small { display: block; font-size: 12px; font-weight: 400; color: var(--ink-2); letter-spacing: 0; }
.chart { display: grid; grid-template-columns: 196px minmax(0, 1fr); border: 1px solid var(--line); border-radius: 8px; background: var(--card); padding: 14px 18px 12px 16px; margin-top: 8px; }
.chart .labels { font-size: 12px; color: var(--ink-2); position: relative; }
.chart .labels div { display: flex; align-items: center; gap: 6px; line-height: 1.25; padding-right: 12px; }
.r-bars { height: 124px; }
.r-heal { height: 40px; }
.r-crit { height: 26px; }
.r-axis { height: 20px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
caption { text-align: left; }
th { text-align: left; font-weight: 500; font-size: 12px; color: var(--ink-3); padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 9px 14px 9px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child, th:last-child { padding-right: 0; }
td { overflow-wrap: break-word; }
td > .mono, td .state { white-space: nowrap; }
.cells td:first-child { overflow-wrap: anywhere; }
td:last-child { overflow-wrap: normal; }
th[scope=row] { border-bottom: 1px solid var(--line); padding-block: 9px; color: var(--ink); }
.r { text-align: right; }
.nowrap { white-space: nowrap; }
tbody tr:hover td { background: light-dark(#f5f3ee, #191815); }
.form { display: grid; gap: 11px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); padding: 14px; }
label, legend { font-size: 13px; font-weight: 550; display: block; padding: 0; }
label small, legend small { font-weight: 400; color: var(--ink-3); }
.in { font: inherit; width: 100%; padding: 5px 9px; margin-top: 3px; border: 1px solid var(--edge); border-radius: var(--round); background: var(--page); color: var(--ink); }
textarea.in { min-height: 62px; resize: vertical; }
.check { display: flex; gap: 8px; align-items: baseline; font-weight: 400; color: var(--ink-2); }
.hint { font-size: 12px; color: var(--ink-3); }
.aside .hint { margin-top: 8px; }
.graph { border: 1px solid var(--line); border-radius: 8px; background: var(--card); padding: 8px; }

/* Goals */
.goals { table-layout: fixed; margin-top: 6px; }
.goals .c-strip { width: 126px; }
.goals .c-num { width: 96px; }
.goals .c-until { width: 148px; }
.goals .c-next { width: 132px; }
.goals td { padding-block: 11px; vertical-align: middle; }
.goals .g { padding-right: 28px; }
.goals .gg { display: grid; grid-template-columns: 16px minmax(0, 1fr); gap: 12px; align-items: start; }
.goals .g .i { margin-top: 2px; }
.goals .say { display: block; color: var(--ink); font-size: 14px; font-weight: 500; }
.goals .facts { font-size: 12.5px; gap: 0 12px; margin-top: 1px; }
.goals .facts .mono { font-size: 12px; }
.criterion { display: block; width: 100%; max-width: 640px; height: 48px; margin-top: 6px; }
.criterion.flat { height: 18px; }
main > .criterion { height: 96px; margin: 14px 0; }
main > .criterion.flat { height: 28px; }
.map { display: block; font: 12px/1.2 var(--mono); }
.map text { fill: var(--ink); }
.map .box { fill: var(--card); stroke: currentColor; stroke-width: 1.5; }
.map .this { stroke-width: 3; }
.map a:hover .box { fill: var(--sunk); }
.map a:focus-visible { outline-offset: 1px; }
.cellstrip { max-width: 100%; height: auto; }
.progress { margin-top: 18px; }
.progress + .cards { margin-top: 12px; }
.cards dd.text { font-size: 14px; line-height: 25px; }
.calendar { display: block; width: 100%; max-width: 460px; height: auto; margin-top: 8px; }
.calendar + .legend { margin-top: 8px; }
.hours { display: block; width: 100%; max-width: 640px; height: auto; margin-top: 10px; }
.numbers { width: auto; margin-top: 6px; }
.lines { display: grid; gap: 4px; margin-top: 8px; }
.scrolls { overflow-x: auto; margin: 14px 0; }
`;
