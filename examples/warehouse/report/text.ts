// How the report writes names and numbers.

export const count = (n: number): string => n.toLocaleString('en-US');

export const percent = (n: number): string => `${n.toFixed(1)}%`;

export const minutes = (n: number): string => `${n.toFixed(1)} min`;

/** `midnight`, `5 am`, `noon`, `9 pm`. */
export function hourName(hour: number): string {
  if (hour % 12 === 0) return hour % 24 === 0 ? 'midnight' : 'noon';
  return `${hour % 12} ${hour < 12 ? 'am' : 'pm'}`;
}

/** `January 2001`. */
export const monthName = (month: string): string =>
  new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en-US', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });

/** Text from data, for HTML and SVG, attributes included. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
