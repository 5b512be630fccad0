const SMALL_PARTS = 1_000;
const SMALL_CHARACTERS = 16_384;

/** Whether a value of JSON has so few parts, and so little text, that whatever is done with each of them is soon done. */
export function isSmall(value: unknown): boolean {
  let [parts, characters] = [0, 0];
  const left = [value];
  while (left.length > 0) {
    const part = left.pop();
    if (++parts > SMALL_PARTS) return false;
    if (typeof part === 'string') characters += part.length;
    else if (typeof part === 'object' && part !== null) {
      const names = Object.keys(part);
      if (names.length > SMALL_PARTS) return false;
      for (const name of names) {
        characters += name.length;
        left.push((part as Record<string, unknown>)[name]);
      }
    }
    if (characters > SMALL_CHARACTERS) return false;
  }
  return true;
}
