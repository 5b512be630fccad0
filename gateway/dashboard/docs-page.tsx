/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The description of the API as pages for people, made of the same document that programs get: all its routes, and each by itself.

import type { Child } from 'hono/jsx';
import { problems } from '../../goals/wire/problem-codes.ts';
import { type Ask, asked, pathWith } from './asking.ts';
import {
  type DocumentField,
  type DocumentSchema,
  documentFields,
  exampleOf,
  resolved,
  typeWords,
} from './document-schemas.ts';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, visible } from './text.tsx';
import type { PageClock } from './times.ts';

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters: {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: DocumentSchema;
  }[];
  requestBody?: {
    required: boolean;
    description?: string;
    content: Record<string, { schema: DocumentSchema }>;
  };
  responses: Record<string, { description: string }>;
}

interface Described {
  path: string;
  method: string;
  operation: Operation;
}

const tagOf = ({ operation }: Described): string => operation.tags[0] ?? '';

/** The section of each: those of a goal together, and those that would be alone in one. */
function sectionsOf(all: readonly Described[]): Map<string, Described[]> {
  const sections = new Map<string, Described[]>();
  for (const one of all) {
    const tag = tagOf(one);
    const isAlone = all.filter((other) => tagOf(other) === tag).length === 1;
    const name = tag.startsWith('goal ') ? 'start a goal' : isAlone ? 'others' : tag;
    sections.set(name, [...(sections.get(name) ?? []), one]);
  }
  const others = sections.get('others') ?? [];
  sections.delete('others');
  return others.length === 0 ? sections : sections.set('others', others);
}

/** An ID has no space. */
const anchorOf = (tag: string): string => tag.replaceAll(' ', '-');

/** What stands in backticks is code; the problems among it lead to what they mean. */
const Spans = ({ text }: { text: string }) => (
  <>
    {text.split('`').map((part, i) =>
      i % 2 === 0 ? (
        visible(part)
      ) : Object.hasOwn(problems, part) ? (
        <a href={`/problems/${part}`}>
          <code>{part}</code>
        </a>
      ) : (
        <code>{visible(part)}</code>
      ),
    )}
  </>
);

export const docsRow = {
  path: /^\/docs$/,
  ...{ screen: '/docs', query: ['route'] },
  async show(
    ask: Ask,
    { route }: Readonly<Record<string, string | undefined>>,
    ...[, , , origin]: [PageClock, string, PageReader, string]
  ): Promise<ShownPage> {
    return docsPage(await asked<DocumentSchema>(ask, '/openapi.json'), route, origin);
  },
};

/** All routes, or the one that `route` names by its operation; `origin` is how the reader reaches this gateway. */
export function docsPage(document: DocumentSchema, route: string | undefined, origin: string): ShownPage {
  const { paths } = document as { paths: Record<string, Record<string, Operation>> };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Described => ({ path, method: method.toUpperCase(), operation }),
    ),
  );
  const meant = all.find(({ operation }) => operation.operationId === route);
  return meant === undefined ? allRoutes(document, all, route) : oneRoute(document, meant, origin);
}

function allRoutes(
  document: DocumentSchema,
  all: readonly Described[],
  sought: string | undefined,
): ShownPage {
  const { info } = document as { info: { version: string; description: string } };
  const sections = sectionsOf(all);
  const sentence = `The API has ${count(all.length, 'route')}.`;
  return {
    sentence,
    screen: '/docs',
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          <Spans text={info.description} />
        </p>
        {sought === undefined ? null : (
          <p class="banner" role="note">
            None of them is called {visible(sought)}.
          </p>
        )}
        <p class="facts">
          <span>goalkeeper {info.version}</span>
          <span>
            for programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1)
          </span>
        </p>
        <nav class="tabs wraps" aria-label="Sections">
          {[...sections.keys()].map((tag) => (
            <a href={`#${anchorOf(tag)}`}>{tag}</a>
          ))}
        </nav>
        {[...sections].map(([tag, routes]) => (
          <section id={anchorOf(tag)}>
            <h2>{tag}</h2>
            <ul class="routes">
              {routes.map(({ path, method, operation: { operationId, summary } }) => (
                <li>
                  <a class="mono" href={pathWith('/docs', { route: operationId })} data-row>
                    {method} {visible(path)}
                  </a>
                  <span class="quiet">
                    <Spans text={summary} />
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </>
    ),
  };
}

function oneRoute(document: DocumentSchema, described: Described, origin: string): ShownPage {
  const { path, method, operation } = described;
  const { summary, description, parameters, requestBody, responses } = operation;
  const taken = [
    ...parameters.map(({ name, in: place, required = false, description: means = '', schema }) =>
      takenRow({ name, isNeeded: required, type: typeWords(document, schema), means }, place),
    ),
    ...fieldsOfBody(document, requestBody).map((field) => takenRow(field, 'body')),
  ];
  return {
    sentence: `${method} ${path}`,
    screen: '/docs',
    crumbs: [{ words: 'API', href: '/docs' }, { words: operation.operationId }],
    body: (
      <>
        <h1>
          <Spans text={summary} />
        </h1>
        <p class="lead mono">
          {method} {visible(path)}
        </p>
        {description === summary ? null : (
          <p class="lead">
            <Spans text={description} />
          </p>
        )}
        <section aria-labelledby="takes">
          <h2 id="takes">Takes</h2>
          <Table head={['Name', 'In', 'Type', 'Meaning']} rows={taken} empty="Nothing." />
        </section>
        <section aria-labelledby="answers">
          <h2 id="answers">Answers</h2>
          <Table
            head={['Status', 'With']}
            rows={Object.entries(responses).map(([status, answer]) => [
              status,
              <Spans text={answer.description} />,
            ])}
            empty="Nothing."
          />
        </section>
        <section aria-labelledby="curl">
          <h2 id="curl">With curl</h2>
          <pre tabindex={0}>{visible(curlOf(document, origin, described))}</pre>
        </section>
      </>
    ),
  };
}

const takenRow = ({ name, isNeeded, type, means }: DocumentField, place: string): Child[] => [
  <code>{visible(name)}</code>,
  `${place}${isNeeded ? ', needed' : ''}`,
  visible(type),
  <Spans text={means} />,
];

function fieldsOfBody(document: DocumentSchema, body: Operation['requestBody']): DocumentField[] {
  const [mediaType = '', content] = Object.entries(body?.content ?? {})[0] ?? [];
  if (body === undefined || content === undefined) return [];
  if (resolved(document, content.schema).properties !== undefined)
    return documentFields(document, content.schema);
  return [{ name: 'the body', isNeeded: body.required, type: mediaType, means: body.description ?? '' }];
}

function curlOf(document: DocumentSchema, origin: string, { path, method, operation }: Described): string {
  const { parameters, requestBody } = operation;
  const needed = parameters.filter((one) => one.in === 'query' && one.required);
  const query = needed.map(({ name }) => `${name}=…`).join('&');
  const url = `'${origin}${path}${query === '' ? '' : `?${query}`}'`;
  if (requestBody === undefined) return method === 'GET' ? `curl ${url}` : `curl -X ${method} ${url}`;
  const [mediaType = '', content] = Object.entries(requestBody.content)[0] ?? [];
  const example = JSON.stringify(exampleOf(document, content?.schema ?? {}));
  return `curl ${url} \\\n  -H 'content-type: ${mediaType}' \\\n  -d '${example.replaceAll("'", "'\\''")}'`;
}
