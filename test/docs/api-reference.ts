// The reference of the API, as its table of routes and its table of problems say it.

import { z } from 'zod';
import { type RouteFacts, routeHeaders } from '../../gateway/http/route.ts';
import { routes } from '../../gateway/routes.ts';
import { problems } from '../../goals/wire/problem-codes.ts';

const all: readonly RouteFacts[] = Object.values(routes);

const titleOf = ({ method, path }: RouteFacts): string => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`;

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** One line for each route. */
export const routeTable = (): string =>
  `${table(
    ['route', 'who may', ''],
    all.map((route) => [`[${titleOf(route)}](#${anchorOf(titleOf(route))})`, route.role, route.summary]),
  )}\n`;

export const routeSections = (): string => `${all.map(sectionOf).join('\n\n')}\n`;

function sectionOf(route: RouteFacts): string {
  const takes = [...paramRows(route), ...headerRows(route), ...queryRows(route), ...bodyRows(route)];
  const answers = Object.entries(route.answers).map(([status, { description, mediaType }]) => [
    status,
    `${description}${mediaType ? ` (\`${mediaType}\`)` : ''}`,
  ]);
  const codes = route.problems.map((code) => `[\`${code}\`](problems.md#${code})`).join(', ');
  return [
    `### ${titleOf(route)}`,
    `${route.summary} Role: ${route.role}.`,
    ...(takes.length === 0 ? [] : [table(['takes', 'in', 'type', ''], takes)]),
    table(['answers', ''], answers),
    ...(codes === '' ? [] : [`Problems: ${codes}.`]),
  ].join('\n\n');
}

const paramRows = ({ params }: RouteFacts): string[][] =>
  Object.entries(params).map(([name, description]) => [`\`${name}\``, 'path', 'text', description]);

const headerRows = ({ headers }: RouteFacts): string[][] =>
  headers.map((name) => [`\`${name}\``, 'header', 'text', routeHeaders[name].description]);

function queryRows({ query }: RouteFacts): string[][] {
  if (query === 'ignored') return [];
  return fieldsOf(query, 'query');
}

function bodyRows({ body }: RouteFacts): string[][] {
  if (body === null) return [];
  if ('schema' in body) return fieldsOf(body.schema, 'body');
  return [['the body', 'body', body.mediaTypes.map((type) => `\`${type}\``).join(', '), body.description]];
}

interface Shape {
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Shape[];
  default?: unknown;
  description?: string;
  properties?: Record<string, Shape>;
  required?: string[];
}

function fieldsOf(schema: z.ZodType, where: string): string[][] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as Shape;
  return Object.entries(properties).map(([name, shape]) => [
    `\`${name}\``,
    required.includes(name) ? `${where}, needed` : where,
    typeOf(shape),
    [
      shape.description,
      ...(shape.default === undefined
        ? []
        : [
            `default: \`${typeof shape.default === 'string' ? shape.default : JSON.stringify(shape.default)}\``,
          ]),
    ]
      .filter((part) => part !== undefined)
      .join('; '),
  ]);
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  array: 'list',
  object: 'object',
};

function typeOf({ type, format, enum: values, anyOf, ...shape }: Shape): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  if ('const' in shape) return `\`${shape.const}\``;
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(', ');
  if (format === 'date-time') return 'time';
  if (format === 'uuid') return 'UUID';
  return TYPES[type ?? ''] ?? 'any JSON';
}

/** What each code of the API means, and how to mend it. */
export const problemSections = (): string =>
  `${Object.entries(problems)
    .map(([code, { status, title, means, mend }]) =>
      [`### ${code}`, `**${title}** (${status}). ${means}`, `*Mend:* ${mend}`].join('\n\n'),
    )
    .join('\n\n')}\n`;
