// Secrets by name: a contract says which ones its job needs, and the worker's environment or files have them. Read anew
// for each attempt, as files are rotated.

import { readFileSync } from 'node:fs';
import { AttemptFault } from '../../goals/attempt-fault.ts';
import type { Job } from '../../goals/index.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { knowSecret, SHORTEST_SECRET, sureFormsOf } from '../hidden-values.ts';

/**
 * The secrets of these names: from the environment variable of that name, else from the file that `NAME_FILE` names. From
 * then on no text that this process keeps or logs has their values. Throws an `AttemptFault`, `secret_missing`.
 */
export function readSecrets(
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const read = readSecret(name, environment);
      if ('problem' in read) throw secretMissing(read.problem);
      knowSecret(name, read.value);
      return [name, read.value];
    }),
  );
}

/** Throws a `StartProblem` that says of each secret that the jobs need and this worker does not have how to give it. */
export function requireSecrets(jobs: readonly Job[], environment: NodeJS.ProcessEnv = process.env): void {
  const problems: string[] = [];
  for (const name of new Set(jobs.flatMap(({ secrets }) => secrets))) {
    const read = readSecret(name, environment);
    const needing = jobs.filter(({ secrets }) => secrets.includes(name)).map((job) => job.name);
    if ('problem' in read) problems.push(`  ${read.problem} (needed by ${needing.join(', ')})`);
    else knowSecret(name, read.value);
  }
  if (problems.length > 0)
    throw new StartProblem('secrets_missing', `secrets are missing:\n${problems.join('\n')}`);
}

/** Throws an `AttemptFault`, `secret_told`, when what a job gives to be kept, as JSON, has the value of a secret it was given. */
export function refuseSecrets(what: string, given: unknown, secrets: Readonly<Record<string, string>>): void {
  const entries = Object.entries(secrets);
  if (entries.length === 0) return;
  const text = JSON.stringify(given) ?? '';
  const told = entries.find(([, value]) => sureFormsOf(value).some((form) => text.includes(form)));
  if (told !== undefined)
    throw new AttemptFault('SecretTold', `the ${what} holds the value of the secret ${told[0]}`, {
      code: 'secret_told',
      class: 'code',
      permanent: true,
    });
}

function readSecret(name: string, environment: NodeJS.ProcessEnv): { value: string } | { problem: string } {
  const path = environment[`${name}_FILE`];
  let value = environment[name] ?? '';
  if (value === '' && path !== undefined && path !== '')
    try {
      value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return { problem: `the secret ${name} cannot be read from the file in ${name}_FILE: ${code}` };
    }
  if (value === '')
    return {
      problem: `the secret ${name} is not known to this worker; set ${name}, or ${name}_FILE to a file that holds it`,
    };
  if (value.trim().length < SHORTEST_SECRET)
    return {
      problem: `the secret ${name} has less than ${SHORTEST_SECRET} characters, and could not be told from other texts; give a longer one`,
    };
  return { value };
}

const secretMissing = (message: string): AttemptFault =>
  new AttemptFault('SecretMissing', message, {
    code: 'secret_missing',
    class: 'infrastructure',
    // It was there when the worker started: a file that is being rotated is empty for a moment.
    permanent: false,
  });
