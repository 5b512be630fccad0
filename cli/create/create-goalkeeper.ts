#!/usr/bin/env node
// `npm create goalkeeper my-goals`: makes a project from the template. It has no dependency and needs no network.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { createProject } from './create-project.ts';

const FALLBACK = 'my-goals';

const HELP = `npm create goalkeeper@latest [folder] [-- --yes]

Makes a project of goals in a folder, which is new or empty. The folder's name is the project's name.

  -y, --yes      ask nothing: without a folder it is ${FALLBACK}
  -h, --help     show this
  -v, --version  show the version of goalkeeper that the project gets
`;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function main(): Promise<number> {
  const given = argumentsGiven();
  if (typeof given === 'string') return failed(given);
  const { folder, yes, help, version: asked } = given;
  if (help || asked) {
    process.stdout.write(help ? HELP : `${version}\n`);
    return 0;
  }
  const into = folder ?? (yes || !process.stdin.isTTY ? FALLBACK : await askedFor());
  try {
    const files = createProject(into, version);
    process.stdout.write(`${resolve(into)} has your goals: ${files.join(' ')}\n\n${next(into)}`);
    return 0;
  } catch (error) {
    return failed((error as Error).message);
  }
}

function argumentsGiven() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        yes: { type: 'boolean', short: 'y', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', short: 'v', default: false },
      },
    });
    if (positionals.length > 1) return `give one folder, not ${positionals.length}: ${positionals.join(' ')}`;
    return { ...values, folder: positionals[0] };
  } catch (error) {
    return (error as Error).message;
  }
}

async function askedFor(): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Folder of the project (${FALLBACK}): `);
  terminal.close();
  return answer.trim() || FALLBACK;
}

/** The next commands, of whichever package manager this was started by. */
function next(folder: string): string {
  const manager = /^(pnpm|yarn|bun)\//.exec(process.env.npm_config_user_agent ?? '')?.[1] ?? 'npm';
  const commands = [
    ...(resolve(folder) === process.cwd() ? [] : [`cd ${folder}`]),
    `${manager} install`,
    `${manager} run dev`,
  ];
  return `Next:\n${commands.map((command) => `  ${command}\n`).join('')}\nThe README there goes on from here.\n`;
}

function failed(message: string): number {
  process.stderr.write(`create-goalkeeper: ${message}\n`);
  return 1;
}

process.exitCode = await main();
