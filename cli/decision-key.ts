import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { publicKeyOf } from '../goals/wire/decision-signature.ts';

/** `goalkeeper decision-key new`. Exit code 0. */
export const decisionKeyCommand = (): Command =>
  new Command('decision-key').summary('make the keys with which runs check who decided').addCommand(
    new Command('new')
      .summary('make a key: a private line for gateways, a public one for workers')
      .description(
        'Makes a key pair (Ed25519). Gateways sign decisions with the private line, in the file that "decisions" of the access\n' +
          'file names; runs check them with the public line, in GOALKEEPER_DECISION_KEYS of their workers. Nothing is stored or sent.',
      )
      .option('--id <id>', 'what the key is called (default: a random one)')
      .action(({ id = randomBytes(4).toString('hex') }: { id?: string }) => {
        const key = { id, private: randomBytes(32).toString('hex') };
        process.stdout.write(
          `For the file of the gateways; keep it secret:\n\n${JSON.stringify([key])}\n\n` +
            `For GOALKEEPER_DECISION_KEYS of the workers:\n\n${JSON.stringify([publicKeyOf(key)])}\n`,
        );
      }),
  );
