export const perform = (): number => 1;
