// The API as an OpenAPI document, made of the table of routes, of the schemas that the gateway checks with, and of what goals
// publish: what it says cannot differ from what is served.

import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { alertSchema, muteSchema } from '../../goals/wire/alerts.ts';
import * as answers from '../../goals/wire/answers.ts';
import { type ProblemCode, problems } from '../../goals/wire/problem-codes.ts';
import { RUN_ID } from '../../goals/wire/run-id.ts';
import { runRecordSchema } from '../../goals/wire/run-record.ts';
import { runErrorSchema, runSchema, runSummarySchema, stepSchema } from '../../goals/wire/run-view.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { mayMove, problemsOf, type RouteAnswer, type RouteFacts, routeHeaders } from '../http/route.ts';
import { type JsonSchema, lifted } from './lifted.ts';

/** A goal as its workers publish it, as far as a document of the API tells of it. */
export interface DescribedGoal {
  goal: string;
  outcome: string;
  input: JsonSchema;
  output: JsonSchema;
}

export interface Described {
  /** By name. */
  routes: Readonly<Record<string, RouteFacts>>;
  /** The route that starts a run, which each goal has once more with its own schemas. */
  start: RouteFacts;
  /** Those that whoever asks may see. */
  goals: readonly DescribedGoal[];
  /** Whether the gateway asks for credentials. */
  secured: boolean;
  version: string;
}

/** Of more goals the document has no path of their own. */
export const GOALS_DESCRIBED = 500;
/** What the schemas of goals may have in all, in bytes. */
const GOAL_BYTES = 8 * 1024 * 1024;

export interface Description {
  document: JsonSchema;
  /** The same as JSON. */
  text: string;
}

/** Describes the API to whoever may see these goals. */
export type Describe = (goals: readonly DescribedGoal[]) => Description;

/** Makes a description anew where goals have changed: it is the same for the same goals. */
export function describing(api: Omit<Described, 'goals'>): Describe {
  const known = new LRUCache<string, Description>({ max: 20 });
  return (goals) => {
    const shown = goals.map(({ goal, outcome, input, output }) => ({ goal, outcome, input, output }));
    const key = sha256(JSON.stringify(shown));
    const found = known.get(key);
    if (found !== undefined) return found;
    const document = openApi({ ...api, goals: shown });
    const description = { document, text: JSON.stringify(document) };
    known.set(key, description);
    return description;
  };
}

/** An OpenAPI 3.1 document. `GET /openapi.json` answers it. */
export function openApi({ routes, start, goals, version, secured }: Described): JsonSchema {
  const shown = within(goals);
  const left = goals.length - shown.length;
  const paths: Record<string, JsonSchema> = {};
  for (const [name, route] of Object.entries(routes))
    paths[pathOf(route)] = { ...paths[pathOf(route)], [route.method.toLowerCase()]: operation(name, route) };
  const schemas = { ...componentSchemas(), Problem: PROBLEM };
  for (const goal of shown) {
    Object.assign(
      schemas,
      lifted(`${goal.goal}.input`, goal.input),
      lifted(`${goal.goal}.output`, goal.output),
    );
    paths[`/goals/${goal.goal}/runs`] = { post: startOf(goal, start) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'goalkeeper',
      version,
      description: `Was the outcome reached, and if not, what truly stopped it? A goal that was not reached is a result, not a problem.${
        left === 0
          ? ''
          : ` ${left} more goals have no path of their own here: start them by \`/goals/{goal}/runs\`.`
      }`,
    },
    paths,
    components: { schemas, ...(secured ? { securitySchemes: { bearer: BEARER } } : {}) },
    ...(secured ? { security: [{ bearer: [] }] } : {}),
  };
}

/** The first of them that the document has room for. */
function within(goals: readonly DescribedGoal[]): DescribedGoal[] {
  let bytes = 0;
  return goals.slice(0, GOALS_DESCRIBED).filter(({ input, output }) => {
    bytes += JSON.stringify(input).length + JSON.stringify(output).length;
    return bytes <= GOAL_BYTES;
  });
}

type Responses = Record<string, { description: string; content?: JsonSchema }>;

const pathOf = ({ path }: RouteFacts): string => path.replace(/:(\w+)/g, '{$1}');

function operation(name: string, route: RouteFacts): JsonSchema {
  return {
    operationId: name,
    summary: route.summary,
    description: `Role: ${route.role}.`,
    tags: [route.path.split('/')[1] as string],
    ...(route.role === 'open' ? { security: [] } : {}),
    parameters: [...pathParameters(route), ...headerParameters(route), ...queryParameters(route)],
    ...(route.body === null ? {} : { requestBody: requestBody(route.body) }),
    responses: {
      ...bothOf(answersOf(route), problemAnswers(problemsOf(route))),
      ...(mayMove(route)
        ? { 308: { description: 'its goal has another name now; `Location` has the address' } }
        : {}),
    },
  };
}

/** The route that starts a run, for one goal: with what it takes and what it gives. */
function startOf({ goal, outcome }: DescribedGoal, start: Described['start']): JsonSchema {
  const general = operation(`startRun_${goal}`, start);
  const body = bodyOf(start);
  const run = {
    allOf: [
      schemaRef('Run'),
      { properties: { output: { anyOf: [schemaRef(`${goal}.output`), { type: 'null' }] } } },
    ],
  };
  const inJson = (schema: JsonSchema) => ({ 'application/json': { schema } });
  const responses = general.responses as Record<string, JsonSchema>;
  return {
    ...general,
    summary: `Starts a run of ${goal}, or joins the run that the input's key has already.`,
    description: `The outcome: ${outcome}. Role: ${start.role}.`,
    tags: [`goal ${goal}`],
    parameters: headerParameters(start),
    requestBody: {
      required: true,
      content: inJson({ ...body, properties: { ...body.properties, input: schemaRef(`${goal}.input`) } }),
    },
    responses: {
      ...responses,
      200: { ...responses[200], content: inJson(run) },
      202: { ...responses[202], content: inJson(run) },
    },
  };
}

function bodyOf({ body }: RouteFacts): JsonSchema & { properties: JsonSchema } {
  const schema = body !== null && 'schema' in body ? asked(body.schema) : {};
  return { ...schema, properties: (schema.properties ?? {}) as JsonSchema };
}

function pathParameters({ params, problems: codes }: RouteFacts): JsonSchema[] {
  // A route that knows a malformed ID of a run takes one.
  const isRun = codes.includes('run_id_malformed');
  return Object.entries(params).map(([name, description]) => ({
    ...{ name, in: 'path', required: true, description },
    schema: { type: 'string', ...(isRun && name === 'id' ? { pattern: RUN_ID.source } : { minLength: 1 }) },
  }));
}

const headerParameters = ({ headers }: RouteFacts): JsonSchema[] =>
  headers.map((name) => {
    const { description, pattern } = routeHeaders[name];
    const schema = { type: 'string', ...(pattern === null ? {} : { pattern: pattern.source }) };
    return { name, in: 'header', description, schema };
  });

function queryParameters({ query }: RouteFacts): JsonSchema[] {
  if (query === 'ignored') return [];
  const { properties = {}, required = [] } = asked(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: required.includes(name) },
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function requestBody(body: NonNullable<RouteFacts['body']>): JsonSchema {
  if ('schema' in body)
    return {
      required: body.optional !== true,
      content: { 'application/json': { schema: asked(body.schema) } },
    };
  const likes = body.like ?? {};
  const content = body.mediaTypes.map((type) => [type, { schema: likes[type] ? asked(likes[type]) : {} }]);
  return { required: true, description: body.description, content: Object.fromEntries(content) };
}

/** A status that an answer has and a problem, too, may have the body of either. */
function bothOf(answered: Responses, refused: Responses): Responses {
  const both = Object.entries(answered).flatMap(([status, { description, content }]) => {
    const other = refused[status];
    if (other === undefined) return [];
    const told = `${description}; or ${other.description}`;
    return [[status, { description: told, content: { ...content, ...other.content } }] as const];
  });
  return { ...answered, ...refused, ...Object.fromEntries(both) };
}

const answersOf = ({ answers: declared }: RouteFacts): Responses =>
  Object.fromEntries(Object.entries(declared).map(([status, answer]) => [status, answerOf(answer)]));

function answerOf({ description, mediaType = 'application/json', schema }: RouteAnswer): Responses[string] {
  if (mediaType === null) return { description };
  return {
    description,
    content: { [mediaType]: { schema: schema === undefined ? { type: 'string' } : told(schema) } },
  };
}

/** One answer for each status, which names the codes that it may have. */
function problemAnswers(codes: readonly ProblemCode[]): Responses {
  const statuses = [...new Set(codes.map((code) => problems[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = [...new Set(codes)].filter((code) => problems[code].status === status);
      const schema = { allOf: [schemaRef('Problem'), { properties: { code: { enum: ofStatus } } }] };
      const description = ofStatus.map((code) => `\`${code}\`: ${problems[code].title}`).join('; ');
      return [status, { description, content: { 'application/problem+json': { schema } } }];
    }),
  );
}

const BEARER: JsonSchema = {
  type: 'http',
  scheme: 'bearer',
  description: 'An API token of the access file, or a token of an identity provider that it names.',
};

const PROBLEM: JsonSchema = {
  description: 'What the API answers when it does not do what was asked (RFC 9457). Compare the `code`.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  properties: {
    type: { type: 'string', description: 'leads to what the code means, and how to mend it' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { enum: Object.keys(problems) },
    instance: { type: 'string' },
    near: {
      ...{ type: 'array', items: { type: 'string' } },
      description: 'names like the one that is not there, where there are any',
    },
  },
};

const schemaRef = (name: string): JsonSchema => ({ $ref: refOf(name) });
const refOf = (name: string): string => `#/components/schemas/${name}`;

/** What a request has, as JSON Schema: before defaults are filled in. */
function asked(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

/** The shapes of answers by the names that the document gives them. Fields may come: nothing forbids further ones. */
const named: ReadonlyMap<z.ZodType, string> = new Map(
  Object.entries({
    ...{ runSchema, runSummarySchema, runErrorSchema, stepSchema, runRecordSchema, alertSchema, muteSchema },
    ...answers,
  }).flatMap(([name, value]) => (value instanceof z.ZodType ? [[value, componentName(name)] as const] : [])),
);

/** `runPageSchema` → `RunPage`. */
function componentName(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1).replace(/(View)?Schema$/, '')}`;
}

function componentSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of named) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: refOf });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  );
}

/** What an answer has: a component where it has a name. */
function told(schema: z.ZodType): JsonSchema {
  const name = named.get(schema);
  if (name !== undefined) return schemaRef(name);
  if (schema instanceof z.ZodUnion) return { anyOf: schema.options.map((one) => told(one as z.ZodType)) };
  return asked(schema);
}
