// Goals that had other names before: which names are one goal.

/** So many names of a goal are looked for, at each start of a run. */
export const FORMER_NAMES = 5;

interface Named {
  goal: string;
  formerly?: readonly string[] | undefined;
  retired?: boolean;
}

/** The goal's name, and those that it had before. */
export const namesOf = ({ goal, formerly = [] }: Named): readonly string[] => [goal, ...formerly];

/** The goal that has had this name before, and has another now; undefined where there is none. */
export const successorOf = <Goal extends Named>(name: string, all: readonly Goal[]): Goal | undefined =>
  all.find(
    ({ goal, formerly = [], retired = false }) => !retired && goal !== name && formerly.includes(name),
  );

/** All names of the goal that has this one, or had it before; the name itself where nobody declares more. */
export function familyOf(name: string, all: readonly Named[]): readonly string[] {
  const known = all.find(({ goal, retired = false }) => goal === name && !retired) ?? successorOf(name, all);
  return known === undefined ? [name] : namesOf(known);
}
