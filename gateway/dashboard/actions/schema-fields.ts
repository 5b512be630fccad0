// The fields of a form, made of a JSON Schema: a field for each property that people can write, and JSON for what is nested.

import type { FormField } from './form-fields.ts';

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (of: unknown): of is Schema => typeof of === 'object' && of !== null && !Array.isArray(of);

/** More properties than a form can ask for are one field of JSON. */
const MOST_FIELDS = 40;

/** The fields of what a schema takes, which lies at a path of the body. */
export function schemaFields(schema: unknown, at: FormField['at'], words: string): FormField[] {
  const properties = isSchema(schema) && isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  const isPlain =
    isSchema(schema) &&
    schema.type === 'object' &&
    !['anyOf', 'oneOf', 'allOf', '$ref', 'patternProperties'].some((word) => word in schema) &&
    properties.length <= MOST_FIELDS &&
    // Where it takes properties that it does not name, only JSON says which.
    (properties.length > 0 || schema.additionalProperties === false);
  if (!isPlain) return [jsonField(schema, at, words)];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return properties.map(([name, of]) => propertyField(of, [...at, name], name, required.includes(name)));
}

const jsonField = (schema: unknown, at: FormField['at'], words: string): FormField => ({
  ...{ at, words, kind: 'json', isRequired: true },
  hint: ['JSON', describedBy(schema)].filter(Boolean).join(', '),
});

function propertyField(given: unknown, at: FormField['at'], name: string, isRequired: boolean): FormField {
  const { schema, isNullable } = withoutNull(given);
  const field = { at, words: name, isRequired, isNullable, value: defaultOf(schema, isRequired) };
  const hint = (kind: string): string => [kind, describedBy(schema)].filter(Boolean).join(', ');
  if (Array.isArray(schema.enum))
    return { ...field, kind: 'choice', choices: schema.enum, hint: hint(`one of ${schema.enum.length}`) };
  if ('const' in schema) return { ...field, kind: 'choice', choices: [schema.const], hint: hint('') };
  if (schema.type === 'boolean') return { ...field, kind: 'choice', choices: [true, false], hint: hint('') };
  if (schema.type === 'number') return { ...field, kind: 'number', hint: hint(`number${rangeOf(schema)}`) };
  if (schema.type === 'integer')
    return { ...field, kind: 'number', hint: hint(`whole number${rangeOf(schema)}`) };
  if (schema.type === 'string') return textField(field, schema, hint);
  return { ...field, kind: 'json', hint: hint(schema.type === 'array' ? 'a list, as JSON' : 'JSON') };
}

function textField(
  field: Omit<FormField, 'kind'>,
  { format, maxLength }: Schema,
  hint: (kind: string) => string,
): FormField {
  if (format === 'date') return { ...field, kind: 'date', hint: hint('date') };
  if (format === 'date-time')
    return { ...field, kind: 'text', hint: hint('time, such as 2026-11-20T06:00:00Z') };
  const isLong = typeof maxLength === 'number' && maxLength > 300;
  return {
    ...field,
    kind: isLong ? 'long' : 'text',
    hint: hint(typeof format === 'string' ? format : 'text'),
  };
}

/** A schema that also takes null, without it. */
function withoutNull(given: unknown): { schema: Schema; isNullable: boolean } {
  const schema = isSchema(given) ? given : {};
  if (Array.isArray(schema.type)) {
    const [type, ...others] = schema.type.filter((one) => one !== 'null');
    return {
      schema: { ...schema, type: others.length === 0 ? type : undefined },
      isNullable: schema.type.includes('null'),
    };
  }
  if (!Array.isArray(schema.anyOf)) return { schema, isNullable: false };
  const [only, ...others] = schema.anyOf.filter((one) => !isSchema(one) || one.type !== 'null');
  const isNullable = schema.anyOf.length > others.length + 1;
  const { anyOf: _, ...rest } = schema;
  return others.length === 0 && isSchema(only)
    ? { schema: { ...rest, ...only }, isNullable }
    : { schema, isNullable };
}

/** The default stands in the form where the schema asks for the property; else it is used when nothing is sent. */
const defaultOf = ({ default: given }: Schema, isRequired: boolean): string | undefined =>
  given === undefined || !isRequired ? undefined : typeof given === 'string' ? given : JSON.stringify(given);

function describedBy(schema: unknown): string {
  if (!isSchema(schema)) return '';
  const { description, default: given } = schema;
  return [
    typeof description === 'string' ? description.slice(0, 300) : '',
    given === undefined ? '' : `default: ${JSON.stringify(given).slice(0, 100)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function rangeOf({ minimum, maximum }: Schema): string {
  // zod writes the bounds of a safe integer, which say nothing to people.
  const isSaid = (n: unknown): n is number => typeof n === 'number' && Math.abs(n) < Number.MAX_SAFE_INTEGER;
  if (isSaid(minimum) && isSaid(maximum)) return ` from ${minimum} to ${maximum}`;
  if (isSaid(minimum)) return `, ${minimum} or more`;
  return isSaid(maximum) ? `, ${maximum} or less` : '';
}
