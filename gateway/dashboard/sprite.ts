// The shapes of states and screens, which each page holds once and uses by name.

export const SPRITE = `
<defs>
<pattern id="hatch-w" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="6" height="6" class="d-sunk"/><line x1="1" y1="0" x2="1" y2="6" class="s-waiting" stroke-width="1.5"/></pattern>
<pattern id="hatch-p" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="d-sunk"/><line x1="1" y1="0" x2="1" y2="6" class="s-pursuing" stroke-width="2"/></pattern>
<pattern id="hatch-s" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="d-sunk"/><path d="M1 0v6M0 1h6" class="s-struggling" stroke-width="1.5"/></pattern>
</defs>
<symbol id="i-achieved" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.8 8.2 7.1 10.5 11.3 5.8" fill="none" class="d-cross"/></symbol>
<symbol id="i-failed" viewBox="0 0 16 16"><path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor"/><path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" fill="none" class="d-cross"/></symbol>
<symbol id="i-struggling" viewBox="0 0 16 16"><path d="M8 1.4 15.2 14.4H.8z" fill="currentColor" stroke="currentColor" stroke-linejoin="round"/><path d="M8 6v4.2M8 12.3v.1" fill="none" class="d-cross"/></symbol>
<symbol id="i-waiting" viewBox="0 0 16 16"><circle cx="8" cy="4.6" r="3.2" fill="currentColor"/><path d="M1.8 15c.3-4 2.7-6 6.2-6s5.9 2 6.2 6z" fill="currentColor"/></symbol>
<symbol id="i-pursuing" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 8V1.8A6.2 6.2 0 0 1 14.2 8z" fill="currentColor"/></symbol>
<symbol id="i-stale" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 4.2V8l2.6 1.8" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></symbol>
<symbol id="i-lease" viewBox="0 0 16 16"><rect x="1.8" y="3" width="12.4" height="4.2" rx="1" fill="none" stroke="currentColor" stroke-width="1.5"/><rect x="1.8" y="9" width="12.4" height="4.2" rx="1" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M4.4 5.1h.1M4.4 11.1h.1" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="i-healed" viewBox="0 0 16 16"><path d="M3.2 8a4.8 4.8 0 1 0 1.6-3.6M4.6 1.8v3h3" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-cancelled" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M4.6 8h6.8" stroke="currentColor" stroke-width="1.6"/></symbol>
<symbol id="i-none" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="2.2 2.2"/></symbol>
<symbol id="i-attention" viewBox="0 0 16 16"><path d="M8 2.2c-2.6 0-4 1.8-4 4.3 0 3-1.4 4.3-1.4 4.3h10.8S12 9.5 12 6.5c0-2.5-1.4-4.3-4-4.3zM6.6 13.2a1.5 1.5 0 0 0 2.8 0" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-goals" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.4"/><circle cx="8" cy="8" r="2.4" fill="currentColor"/></symbol>
<symbol id="i-runs" viewBox="0 0 16 16"><path d="M1.5 4h8M4 8h9M2.5 12h7" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></symbol>
<symbol id="i-errors" viewBox="0 0 16 16"><path d="M1.5 11.5h2.8l1.8-7 2.8 9 2-5 .8 3h2.8" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-times" viewBox="0 0 16 16"><rect x="2" y="3" width="12" height="11" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M2 6.5h12M5.2 1.5V4M10.8 1.5V4" stroke="currentColor" stroke-width="1.4" stroke-linecap="round"/></symbol>
<symbol id="i-more" viewBox="0 0 16 16"><path d="M3 8h.1M8 8h.1M13 8h.1" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/></symbol>
<symbol id="i-find" viewBox="0 0 16 16"><circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="m10.5 10.5 3.5 3.5" stroke="currentColor" stroke-width="1.4" stroke-linecap="round"/></symbol>
`;
