/** As it was when the process began with its first file. */
const before = { ...process.env };
/** Vitest's own, which are of the file that is run. */
const isOurs = (name: string): boolean => !name.startsWith('VITEST');

/** Takes back what an earlier file has set or deleted. */
export function renewEnvironment(): void {
  for (const name of Object.keys(process.env))
    if (isOurs(name) && !(name in before)) delete process.env[name];
  for (const [name, value] of Object.entries(before)) if (isOurs(name)) process.env[name] = value;
}
