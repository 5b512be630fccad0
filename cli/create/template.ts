// The template of a project: its files by name, with the project's own name and goalkeeper's version in them. It is one folder,
// which `npm create goalkeeper` and `goalkeeper init` both read.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../create/template/', import.meta.url);

/** The project's name in the template's files. */
const NAME_THERE = /my-goals/g;

/** A project's name: npm, Docker and Temporal all take it. */
const PROJECT_NAME = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,49}$/;

/** What a project's manifest says, as far as the template has a say in it. */
export interface ProjectManifest {
  name?: string;
  type?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  [field: string]: unknown;
}

/** The template's files by name: `manifest` is package.json, `files` are all others. */
export interface Template {
  manifest: ProjectManifest;
  files: ReadonlyMap<string, string>;
}

/** Why a name cannot be a project's, as a sentence; null when it can. */
export const wrongWithName = (name: string): string | null =>
  PROJECT_NAME.test(name)
    ? null
    : `'${name}' cannot be the name of a project; take lower-case letters, digits and single hyphens, up to 50, such as my-goals`;

/** Reads the template for a project of this name, on this version of goalkeeper. */
export function readTemplate(name: string, version: string): Template {
  const files = new Map(
    readdirSync(fileURLToPath(FOLDER))
      .sort()
      .map((file) => [
        // npm leaves files of these names out of a package, or reads them as its own.
        file.replace(/^_(package\.json)$/, '$1').replace(/^_/, '.'),
        readFileSync(new URL(file, FOLDER), 'utf8').replace(NAME_THERE, name),
      ]),
  );
  const manifest = JSON.parse(files.get('package.json') as string) as ProjectManifest;
  files.delete('package.json');
  return {
    manifest: { ...manifest, dependencies: { ...manifest.dependencies, goalkeeper: version } },
    files,
  };
}
