// What the document of the API says of a value: its type in words, its fields, and one that shows what is needed.

/** A JSON Schema as the document has it, or the document. */
export type DocumentSchema = Readonly<Record<string, unknown>>;

export interface DocumentField {
  name: string;
  isNeeded: boolean;
  type: string;
  means: string;
}

/** The component that a schema refers to, or the schema itself. */
export function resolved(document: DocumentSchema, schema: DocumentSchema, depth = 0): DocumentSchema {
  const name = typeof schema.$ref === 'string' ? schema.$ref.replace('#/components/schemas/', '') : null;
  if (name === null || depth > 5) return schema;
  const { components } = document as { components: { schemas: Record<string, DocumentSchema> } };
  return resolved(document, components.schemas[name] ?? {}, depth + 1);
}

/** The fields of an object, and those of the input of a goal below it. */
export function documentFields(
  document: DocumentSchema,
  schema: DocumentSchema,
  before = '',
): DocumentField[] {
  const { properties = {}, required = [] } = resolved(document, schema) as {
    properties?: Record<string, DocumentSchema>;
    required?: string[];
  };
  return Object.entries(properties).flatMap(([field, shape]) => {
    const name = `${before}${field}`;
    const { description = '' } = resolved(document, shape) as { description?: string };
    const row: DocumentField = {
      ...{ name, isNeeded: required.includes(field), type: typeWords(document, shape) },
      means: (shape.description as string | undefined) ?? description,
    };
    return name === 'input' ? [row, ...documentFields(document, shape, 'input.')] : [row];
  });
}

export function typeWords(document: DocumentSchema, given: DocumentSchema): string {
  const schema = resolved(document, given);
  const {
    type,
    format,
    enum: values,
    anyOf,
  } = schema as {
    type?: string | string[];
    format?: string;
    enum?: unknown[];
    anyOf?: DocumentSchema[];
  };
  if (values !== undefined) return values.map(String).join(', ');
  if ('const' in schema) return String(schema.const);
  if (anyOf !== undefined) return [...new Set(anyOf.map((one) => typeWords(document, one)))].join(' or ');
  return format ?? ([type].flat().join(' or ') || 'any JSON');
}

const PLAIN: Readonly<Record<string, unknown>> = {
  ...{ string: '…', integer: 1, number: 1, boolean: true, array: [], object: {} },
};

/** A value that shows what is needed: its fields, with a word for each. */
export function exampleOf(document: DocumentSchema, given: DocumentSchema, depth = 0): unknown {
  const schema = resolved(document, given);
  const {
    type,
    format,
    enum: values,
    properties = {},
    required = [],
    anyOf,
    examples,
  } = schema as {
    type?: string;
    format?: string;
    enum?: unknown[];
    properties?: Record<string, DocumentSchema>;
    required?: string[];
    anyOf?: DocumentSchema[];
    examples?: unknown[];
  };
  if (examples?.[0] !== undefined) return examples[0];
  if (values !== undefined) return values[0];
  if ('const' in schema) return schema.const;
  if (anyOf?.[0] !== undefined) return exampleOf(document, anyOf[0], depth);
  if (type === 'object' && depth < 4)
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => required.includes(name))
        .map(([name, shape]) => [name, exampleOf(document, shape, depth + 1)]),
    );
  if (format === 'date-time') return '2026-11-20T06:00:00Z';
  if (format === 'date') return '2026-11-20';
  return PLAIN[type ?? ''] ?? {};
}
