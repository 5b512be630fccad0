// The pages of a run and of errors, and states that are easily forgotten.

export const RUNS = `
/* Run: the verdict first */
.verdict { border: 1px solid var(--line); border-left-width: 4px; border-radius: 8px; background: var(--card); padding: 20px 24px 20px 22px; display: grid; grid-template-columns: minmax(0, 1fr) 236px; gap: 18px 36px; }
.verdict.failed { border-left-color: var(--failed-mark); color: inherit; }
.verdict.waiting { border-left-color: var(--waiting-mark); color: inherit; }
.verdict .state { font-size: 15px; }
.verdict .state.failed { color: var(--failed); }
.verdict .state.waiting { color: var(--waiting); }
.verdict h1 { max-width: none; font-size: 21px; margin-top: 4px; letter-spacing: -.014em; }
.cause { margin-top: 16px; padding: 14px 16px; border-radius: var(--round); background: var(--failed-tint); display: grid; gap: 8px; }
.cause .say { font-weight: 500; }
.asks { margin-top: 16px; padding: 14px 16px; border-radius: var(--round); background: var(--waiting-tint); display: grid; gap: 12px; }
.verdict .acts { margin-top: 16px; }
.verdict .side { font-size: 13px; border-left: 1px solid var(--line); padding-left: 22px; }
.crit { display: grid; gap: 6px; margin-top: 8px; }
.crit li { display: grid; grid-template-columns: 16px minmax(0, 1fr) auto; gap: 10px; align-items: center; font-size: 14px; }
/* A chart stands below the name. */
.crit li:has(.criterion) { align-items: start; }
.crit small { color: var(--ink-3); font-size: 12px; }

.path { border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin-top: 8px; overflow: hidden; }
.path > li { display: grid; grid-template-columns: 268px minmax(0, 1fr) 84px; align-items: center; border-top: 1px solid var(--line); padding: 0 16px 0 14px; min-height: 34px; column-gap: 14px; }
.path > li:first-child { border-top: 0; }
.path .axis { min-height: 26px; color: var(--ink-3); font-size: 12px; }
.path .name { display: flex; align-items: center; gap: 8px; min-width: 0; padding: 5px 0; }
.path .name a { color: var(--ink); }
.path .name a { flex: 0 1 auto; min-width: 76px; }
.path .name small { color: var(--ink-3); font-size: 12px; white-space: nowrap; flex: 0 99 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.path .in1 .name { padding-left: 22px; }
.path .in2 .name { padding-left: 44px; }
.path .took { text-align: right; font-size: 12px; color: var(--ink-2); white-space: nowrap; }
.path .hit { background: var(--failed-tint); }
.path .hit .name a { color: var(--failed); font-weight: 600; }
.path .ask { background: var(--waiting-tint); }
.path .never .name, .path .never .name a { color: var(--ink-3); }
.path .many .name { flex-wrap: wrap; gap: 0 8px; }
.path .many .name small { white-space: normal; flex: 1 1 100%; padding-left: 24px; }
.path .ranges { grid-column: 1 / -1; border: 0; padding-left: 24px; }
.path .ranges summary { padding: 2px 0 6px; font-size: 12px; color: var(--ink-3); min-height: 24px; }
.path .ranges ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 2px 16px; padding-bottom: 10px; font-size: 13px; }
.path .ranges small { color: var(--ink-3); font-size: 12px; }
.choices { margin-top: 6px; }
.choices a { display: inline-block; min-height: 24px; }
.choices a[aria-current] { color: var(--ink); font-weight: 600; }
.foot { display: flex; flex-wrap: wrap; gap: 6px 18px; justify-content: space-between; margin-top: 10px; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 30px; }
.plan { border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin-top: 8px; font-size: 13px; }
.plan li { display: grid; grid-template-columns: 74px minmax(0, 1fr) auto; gap: 10px; padding: 7px 14px; border-top: 1px solid var(--line); align-items: baseline; }
.plan li:first-child { border-top: 0; }
.plan .do { color: var(--ink-3); }
.plan li.acts { display: flex; padding: 12px 14px; }
details { border-top: 1px solid var(--line); }
details:last-of-type { border-bottom: 1px solid var(--line); }
summary { padding: 9px 0; cursor: pointer; display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; list-style-position: inside; }
summary::marker { content: ""; }
summary::before { content: "›"; color: var(--ink-3); width: 10px; font-size: 16px; line-height: 1; }
details[open] > summary::before { content: "⌄"; }
summary .end { margin-left: auto; font-size: 12px; color: var(--ink-3); }
.inset { padding: 0 0 14px 20px; }
pre { background: var(--sunk); border-radius: var(--round); padding: 10px 12px; overflow-x: auto; line-height: 1.55; white-space: pre-wrap; }
.errs { display: grid; gap: 6px; font-size: 13px; }
.errs li { display: grid; grid-template-columns: 66px 168px minmax(0, 1fr) auto; gap: 12px; align-items: baseline; color: var(--ink-2); }

/* What a run shows beside its outcome */
.artifact { margin-top: 14px; display: grid; gap: 6px; }
.artifact .scrolls { overflow: auto; max-height: 480px; }
.artifact img { max-width: 100%; justify-self: start; }
.markdown { overflow-x: auto; max-width: 60em; }
.markdown > * + * { margin-top: 8px; }
.markdown ul, .markdown ol { padding-left: 22px; list-style: disc; }
.markdown ol { list-style: decimal; }
.markdown blockquote { border-left: 2px solid var(--line); padding-left: 12px; color: var(--ink-2); }

/* Errors */
.troubles { margin-top: 8px; table-layout: fixed; }
.troubles .c-hour { width: 172px; }
.troubles .c-goals { width: 170px; }
.troubles .c-runs { width: 156px; }
.troubles .c-seen { width: 150px; }
.troubles .open td { padding: 0 0 14px 14px; border-top: 0; background: none; }
.troubles tr.has td { border-bottom-color: transparent; }
.troubles .errs li { grid-template-columns: 58px 252px minmax(0, 1fr) auto; }
.troubles td { padding-block: 12px; }
.troubles .t { padding-right: 24px; }
.troubles .t .say { font-size: 14px; margin-top: 2px; }
.troubles .split3 { width: 132px; height: 8px; margin-top: 6px; border-radius: 4px; }
.troubles.calm .t .code { font-weight: 400; }
.troubles.calm td { padding-block: 9px; }
.fates { display: flex; gap: 10px; font-size: 12px; white-space: nowrap; }
.fates b { font-weight: 600; }
.tabs { display: flex; gap: 20px; border-bottom: 1px solid var(--line); margin-top: 26px; font-size: 14px; }
.tabs a { padding: 8px 0; color: var(--ink-2); margin-bottom: -1px; }
.tabs a[aria-current] { color: var(--ink); font-weight: 600; border-bottom: 2px solid var(--ink); }
.note { font-size: 12px; color: var(--ink-3); margin-top: 10px; }

/* States that are easily forgotten */
.banner { display: flex; gap: 12px; align-items: flex-start; padding: 12px 16px; border-radius: 8px; background: var(--struggling-tint); border: 1px solid var(--line); margin: 10px 0 0; }
.banner b { font-weight: 600; }
.empty { padding: 26px 0 8px; }
.empty .big { font-size: 27px; line-height: 1.22; font-weight: 650; letter-spacing: -.021em; }
.wait { display: grid; gap: 9px; margin-top: 10px; }
.wait span { height: 11px; border-radius: 4px; background: var(--sunk); }
.wait span:nth-child(2) { width: 82%; }
.wait span:nth-child(3) { width: 64%; }
.verdict.achieved { border-left-color: var(--achieved-mark); color: inherit; }
.verdict.struggling { border-left-color: var(--struggling-mark); color: inherit; }
.verdict.pursuing { border-left-color: var(--pursuing); color: inherit; }
.verdict.cancelled { border-left-color: var(--edge); color: inherit; }
.cause.struggles { background: var(--struggling-tint); }
.asks h2 { color: var(--waiting); }
details.raw, details.raw:last-of-type { border: 0; }
details.raw > summary { padding: 2px 0; font-size: 12px; color: var(--ink-3); min-height: 24px; }
.inset h3 { margin: 8px 0 4px; }
.items > li > .head { grid-column: 2; }
.filters .in { font-weight: 400; }
h2 + :is(.pairs, .strip, .hint, details) { margin-top: 8px; }
`;
