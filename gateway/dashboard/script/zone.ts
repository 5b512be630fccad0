// Tells the server the reader's own time zone, once.

export const ZONE = `
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !/(^|; )gk-tz=/.test(document.cookie))
  document.cookie = 'gk-tz=' + encodeURIComponent(zone) + '; path=/; max-age=31536000; samesite=lax';
`;
