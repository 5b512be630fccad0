// docs/reference/configuration.md, as the table of variables has it.

import { type Variable, variables } from '../../process/variables.ts';

const INTRODUCTION = `# Configuration

Environment variables configure every process. An empty variable counts as not set. A duration is a number with a unit: \`ms\`, \`s\`, \`m\`, \`h\` or
\`d\`, such as \`90s\`. A process with an invalid value refuses to start and names the variable ([start codes](start-codes.md)). A process that sees an unknown
\`GOALKEEPER_…\` variable starts, and logs the code \`variable_unknown\` with the nearest name.

Where a variable has a \`_FILE\` variant, the variable of that name with \`_FILE\` names a file that holds the value. The same is true of the
secrets that [jobs](../guide/secrets.md) and [webhooks](../guide/events.md) name. goalkeeper keeps the value of a secret out of logs, errors and answers.
A job's own variables are in the [job contract](job-contract.md).
`;

const row = ([name, { sets, form, default: value, readBy, isSecret, hasFile }]: [string, Variable]): string =>
  `| \`${name}\`${hasFile ? ', or `_FILE`' : ''} | ${sets}${isSecret ? ' (secret)' : ''} | ${form} | ${value || '–'} | ${readBy.join(', ')} |`;

export const variablesPage = (): string =>
  [
    INTRODUCTION,
    ...Object.entries(variables).map(([group, rows]) =>
      [
        `## ${group}\n`,
        '| variable | sets | form | default | read by |',
        '| --- | --- | --- | --- | --- |',
        ...Object.entries<Variable>(rows).map(row),
        '',
      ].join('\n'),
    ),
  ].join('\n');
