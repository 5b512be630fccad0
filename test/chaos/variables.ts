// What the suite tells its workers, in their environment.

export const UPSTREAM_URL = 'CHAOS_UPSTREAM_URL';
/** How they are broken on purpose, by commas. */
export const BREAK = 'CHAOS_BREAK';
