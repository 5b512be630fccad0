/** What arrives of a value on the other side. */
export const asJson = (value: unknown): unknown => {
  const json = JSON.stringify(value);
  return json === undefined ? undefined : JSON.parse(json);
};
