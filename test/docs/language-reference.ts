// The reference of the language: what teams import from 'goalkeeper', as its docstrings say it.

import { type Doc, declaredLanguage, type Exported, type Member } from './declared-language.ts';

/** What a reader looks for, in the order of the page. A type stands below the first of these that names it. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  Goals: ['goal', 'dataset', 'measured', 'secret', 'foreignGoal'],
  Jobs: ['job', 'pool', 'Dataset'],
  'What pursue may do': ['Pursuit', 'Pursuit.*', 'StepFailed'],
  Triggers: [
    ...['Trigger', 'schedule', 'every', 'calendar', 'dateIn', 'latestTime', 'event'],
    ...['achieved', 'failed', 'late', 'updated'],
  ],
  'Errors of jobs': ['permanent', 'transient', 'retryAfter', 'toldError'],
};

/** Types whose fields nobody writes: teams read them. */
const READ = ['Lease', 'Approval', 'ReceivedEvent', 'Mapped', 'LostItem', 'StepFailed', 'UsedPartition'];

const OTHERS = 'Other types';

interface Placed {
  section: string;
  exported: Exported;
  /** Where it has none, those of what names it. */
  examples: readonly string[];
}

let read: readonly Exported[] | undefined;

/** All exports, and each function of `Pursuit` as one of its own (`Pursuit.run`). Read once: it starts the compiler. */
function language(): readonly Exported[] {
  read ??= declaredLanguage().flatMap((one) =>
    one.name === 'Pursuit'
      ? [
          { ...one, members: [] },
          ...one.members.map(({ name, type, doc }) => ({
            ...{ name: `Pursuit.${name}`, isValue: true, text: type, members: [], doc },
          })),
        ]
      : [one],
  );
  return read;
}

/** The page from its first section to its last. */
export function languageSections(): string {
  const all = placed();
  const anchors = new Set(
    all.filter(({ section }) => section !== OTHERS).map(({ exported }) => anchor(exported.name)),
  );
  return [...Object.keys(SECTIONS), OTHERS]
    .map((title) => {
      const own = all.filter(({ section }) => section === title);
      const body =
        title === OTHERS
          ? own.map(({ exported: { name, doc } }) => `- \`${name}\`: ${prose(doc.text)}`).join('\n')
          : own.map((one) => sectionOf(one, anchors)).join('\n\n');
      return `## ${title}\n\n${body}\n`;
    })
    .join('\n');
}

/** What the page would leave out: each a sentence for whoever wrote the declaration. */
export const languageIssues = (): string[] =>
  placed().flatMap(({ section, exported, examples }) => {
    const { name, doc, members, isValue } = exported;
    const found = doc.text === '' ? [`${name} has no docstring`] : [];
    if (isValue && section === OTHERS)
      found.push(`${name} has no place in SECTIONS of language-reference.ts`);
    if (isValue && examples.length === 0) found.push(`${name} has no @example`);
    if (section === OTHERS) return found;
    for (const { name: option, doc: own, isOptional, isFunction } of members) {
      if (own.text === '') found.push(`${name}.${option} has no docstring`);
      if (isOptional && own.default === null) found.push(`${name}.${option} has no @default`);
      if (!isFunction && isWritten(name) && !examples.some((code) => uses(code, option)))
        found.push(`${name}.${option} is in no @example of ${name}, nor of what takes it`);
    }
    return found;
  });

const isWritten = (name: string): boolean => !READ.includes(name);

/** Every export with its section: what is named in none, and by none that is, is among the others. */
function placed(): Placed[] {
  const byName = new Map(language().map((one) => [one.name, one]));
  const roots = new Set(Object.values(SECTIONS).flat());
  const functionsOfPursuit = [...byName.keys()].filter((name) => name.startsWith('Pursuit.'));
  const done = new Map<string, Placed>();
  const place = (name: string, section: string, inherited: readonly string[]): void => {
    const exported = byName.get(name);
    if (exported === undefined) throw new Error(`goals/index.ts exports no ${name}`);
    if (done.has(name)) return;
    const own = [...exported.doc.examples, ...exported.members.flatMap(({ doc }) => doc.examples)];
    const examples = own.length === 0 ? inherited : own;
    done.set(name, { section, exported, examples });
    for (const other of mentions(exported)) {
      const below = byName.get(other);
      if (below === undefined || done.has(other) || roots.has(other) || below.isValue || isMade(below))
        continue;
      place(other, section, examples);
    }
  };
  for (const [section, names] of Object.entries(SECTIONS))
    for (const name of names.flatMap((one) => (one === 'Pursuit.*' ? functionsOfPursuit : [one])))
      place(name, section, []);
  for (const name of byName.keys()) place(name, OTHERS, []);
  return [...done.values()];
}

/** A value that goalkeeper makes of a declaration: nobody writes its fields. */
const isMade = ({ members, isValue }: Exported): boolean =>
  !isValue && members.some(({ name }) => ['kind', 'watchOnly', 'goalkeeper'].includes(name));

const mentions = ({ text, members }: Exported): string[] =>
  [text, ...members.map(({ type }) => type)].flatMap((type) => type.match(/\b[A-Z]\w+/g) ?? []);

const uses = (code: string, option: string): boolean =>
  new RegExp(`[{,\\s]${option}\\b\\s*[:,(}]`).test(code);

function sectionOf({ exported, examples }: Placed, anchors: ReadonlySet<string>): string {
  const { name, text, doc, members, isValue } = exported;
  const fields = members.filter(({ isFunction }) => !isFunction);
  const functions = members.filter(({ isFunction }) => isFunction);
  const heading = headingOf(name);
  const declaration = plain(text);
  const isShown = text !== '' && (isValue || declaration.length < 120);
  return [
    `### ${heading}`,
    ...(isShown
      ? [
          fenced(
            isValue
              ? `${heading}${/^[(<]/.test(declaration) ? '' : ': '}${declaration}`
              : `type ${name} = ${declaration}`,
          ),
        ]
      : []),
    ...said(doc),
    ...(fields.length === 0
      ? []
      : [isWritten(name) ? optionsOf(fields, examples, anchors) : fieldsOf(fields, anchors)]),
    ...functions.flatMap((one) => [fenced(`${one.name}${plain(one.type)}`), ...said(one.doc)]),
  ].join('\n\n');
}

const headingOf = (name: string): string => name.replace('Pursuit.', '');

const fenced = (code: string): string => `\`\`\`ts\n${code}\n\`\`\``;

const said = ({ text, params, throws, examples }: Doc): string[] => [
  text,
  ...(params.length + throws.length === 0
    ? []
    : [
        [
          ...params.map((param) => param.replace(/^(\w+) (?:- )?/, '- `$1`: ')),
          ...throws.map((thrown) => thrown.replace(/^(\w+) /, '- throws `$1` ')),
        ]
          .map(prose)
          .join('\n'),
      ]),
  ...examples.map(fenced),
];

const prose = (text: string): string => text.replace(/\s+/g, ' ');

function optionsOf(
  options: readonly Member[],
  examples: readonly string[],
  anchors: ReadonlySet<string>,
): string {
  const rows = options.map(({ name, type, isOptional, doc }) => {
    const example = writtenIn(examples, name);
    return [
      `\`${name}\``,
      typeCell(type, anchors),
      isOptional ? inCode(doc.default ?? '') : 'needed',
      `${prose(doc.text)}${example === null ? '' : ` Such as \`${example}\`.`}`,
    ];
  });
  return table(['option', 'type', 'default', 'meaning'], rows);
}

const fieldsOf = (fields: readonly Member[], anchors: ReadonlySet<string>): string =>
  table(
    ['field', 'type', 'meaning'],
    fields.map(({ name, type, doc }) => [`\`${name}\``, typeCell(type, anchors), prose(doc.text)]),
  );

const table = (heads: readonly string[], rows: readonly string[][]): string =>
  [heads, heads.map(() => '---'), ...rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** A default that is a value, as code. */
const inCode = (value: string): string =>
  value.includes('`')
    ? value
    : value.replace(/^(?:'[^']*'|[\d.]+|true|false|\[.*\]|\{.*\})(?=$|[,;])/, '`$&`');

/** The type in code, with a link from each name to its own place. */
function typeCell(type: string, anchors: ReadonlySet<string>): string {
  if (/^(Input|Output)$/.test(type)) return '`z.ZodType`';
  const text = plain(type);
  const names = (text.match(/\b[A-Z]\w+/g) ?? []).filter((name) => anchors.has(anchor(name)));
  if (names.length === 0) return `\`${text}\``;
  return text
    .split(new RegExp(`\\b(${names.join('|')})\\b`))
    .map((part, i) => (i % 2 === 1 ? `[\`${part}\`](#${anchor(part)})` : part.replace(/\S(?:.*\S)?/, '`$&`')))
    .join('');
}

const anchor = (name: string): string => headingOf(name).toLowerCase();

/** Types as a reader needs them: without what only the compiler does. */
const plain = (type: string): string =>
  type
    .replace(/\s+/g, ' ')
    .replace(/< /g, '<')
    .replace(/ >/g, '>')
    .replace(/^Name$/, 'string')
    .replace(/ \| undefined$/, '')
    .replace(/\breadonly /g, '')
    .replace(
      /\bz\.(?:input|output)<(?:\w+\[')?(input|output|Input|Output)(?:'\])?>/g,
      (_, name: string) => name.charAt(0).toUpperCase() + name.slice(1),
    )
    .replace(/\bDeclaredJob<[^>]*>/g, 'Job')
    .replace(/\bDeclaredNeed<[^>]*>/g, 'NeededGoal')
    .replace(/\bOmit<(\w+), '\w+'> & \{[^}]*\}/g, '$1')
    .replace(/\bKeyOf<[^>]*>/g, 'string')
    .replace(/^Given<Output, (.*)>$/, '$1')
    .replace(/\b(Jobs|Needs)\[\]/g, (_, name: string) => (name === 'Jobs' ? 'Job[]' : 'NeededGoal[]'))
    .replace(
      /\b(Goal|Job|GoalDeclaration|JobDeclaration|StandingDeclaration|CleanupOptions|Pursuit|ForeignGoal|ForeignGoalDeclaration|Already|Judge|SevereCriterion)<[^<>]*>/g,
      '$1',
    );

/** `deadline: '1h'`, as the first example has it; null where it takes more than a line. */
function writtenIn(examples: readonly string[], option: string): string | null {
  for (const code of examples) {
    const start = code.search(new RegExp(`(?<=[{,\\s])${option}: `));
    if (start < 0) continue;
    const text = code.slice(start, endOfValue(code, start)).trim();
    if (!text.includes('\n') && text.length <= 80) return text;
  }
  return null;
}

/** Up to the comma or bracket that ends the property. */
function endOfValue(code: string, start: number): number {
  let depth = 0;
  let quote = '';
  for (let at = start; at < code.length; at++) {
    const char = code.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (`'"\``.includes(char)) quote = char;
    else if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char) && --depth < 0) return at;
    else if (',;\n'.includes(char) && depth === 0) return at;
  }
  return code.length;
}
