import { readFileSync } from 'node:fs';
import { AttemptFault } from './classify.ts';

/** The secrets of these names: from the environment variable of that name, else from the file that `NAME_FILE` names. */
export function readSecrets(
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, readSecret(name, environment)]));
}

function readSecret(name: string, environment: NodeJS.ProcessEnv): string {
  const given = environment[name];
  if (given !== undefined && given !== '') return given;
  const path = environment[`${name}_FILE`];
  if (path !== undefined && path !== '')
    try {
      return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      throw secretMissing(
        `the secret ${name} cannot be read from its file: ${(error as NodeJS.ErrnoException).code}`,
      );
    }
  throw secretMissing(
    `the secret ${name} is not known to this worker; set ${name}, or ${name}_FILE to a file that holds it`,
  );
}

const secretMissing = (message: string): AttemptFault =>
  new AttemptFault('SecretMissing', message, {
    code: 'secret_missing',
    class: 'infrastructure',
    permanent: true,
  });
