// docker-compose.yml, as far as the cluster runs it: what it says is then what is tried.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const words = z.array(z.string());
const Service = z.object({
  image: z.string(),
  entrypoint: words.optional(),
  command: words.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: words.default([]),
  volumes: words.default([]),
  depends_on: z
    .record(
      z.string(),
      z.object({
        condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
      }),
    )
    .default({}),
  healthcheck: z.object({ test: words }).optional(),
  restart: z.string().optional(),
});

const Compose = z.object({
  services: z.record(z.string(), Service),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

export type Service = z.output<typeof Service>;
export type Compose = z.output<typeof Compose>;

/** Reads a compose file; variables in it are taken from the environment. Throws what does not fit, and where. */
export function readCompose(file: string, environment: NodeJS.ProcessEnv = process.env): Compose {
  const given = parse(readFileSync(file, 'utf8'), { merge: true }) as unknown;
  return Compose.parse(interpolated(given, environment));
}

// Of Compose's forms, those that the file uses.
const VARIABLE = /\$(?:\$|\{(\w+):-([^}]*)\})/g;

function interpolated(value: unknown, environment: NodeJS.ProcessEnv): unknown {
  if (typeof value === 'string')
    return value.replace(VARIABLE, (all, name?: string, otherwise?: string) =>
      name === undefined ? all.slice(1) : environment[name] || (otherwise ?? ''),
    );
  if (Array.isArray(value)) return value.map((item) => interpolated(item, environment));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, interpolated(one, environment)]));
}

/** The services, each after all it depends on. */
export function inOrder(services: Record<string, Service>): string[] {
  const ordered = new Set<string>();
  const visit = (name: string, from: readonly string[]): void => {
    if (from.includes(name)) throw new Error(`services wait for each other: ${[...from, name].join(' → ')}`);
    if (services[name] === undefined)
      throw new Error(`${from.at(-1)} depends on ${name}, which is not a service`);
    for (const needed of Object.keys(services[name].depends_on)) visit(needed, [...from, name]);
    ordered.add(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
  return [...ordered];
}
