/** Where a gateway has a run. */
export const pathOfRun = (id: string): string => `/runs/${encodeURIComponent(id)}`;
