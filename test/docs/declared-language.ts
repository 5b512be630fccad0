// What goals/index.ts exports, as the compiler reads it: each name with its docstring, its options and its examples.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isArrowFunction,
  isFunctionDeclaration,
  isMethodSignatureDeclaration,
  isParameterDeclaration,
  isPropertyDeclaration,
  isPropertySignatureDeclaration,
  isTypeAliasDeclaration,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is';
import {
  API,
  type Symbol as Named,
  NodeBuilderFlags,
  type Project,
  SymbolFlags,
} from 'typescript/unstable/sync';

const REPO = fileURLToPath(new URL('../..', import.meta.url));

/** A docstring: its prose, and those of its tags that a reader needs. */
export interface Doc {
  text: string;
  default: string | null;
  params: readonly string[];
  throws: readonly string[];
  /** Code, without its fence. */
  examples: readonly string[];
}

/** A field of a type, or a function in it. */
export interface Member {
  name: string;
  /** As its author wrote it; of a function `(job, input): Promise<Output>`. */
  type: string;
  isOptional: boolean;
  isFunction: boolean;
  doc: Doc;
}

/** A name that teams import. */
export interface Exported {
  name: string;
  isValue: boolean;
  /** How a function is called, or what an alias stands for; '' where there is only a list of members. */
  text: string;
  members: readonly Member[];
  doc: Doc;
}

/** All exports, in their order. It starts the compiler, and takes half a second. */
export function declaredLanguage(): Exported[] {
  const api = new API({ cwd: REPO });
  try {
    const config = join(REPO, 'goals/tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    const index = project?.program.getSourceFile(join(REPO, 'goals/index.ts'));
    const module = index && project?.checker.getSymbolAtLocation(index);
    if (project === undefined || module === undefined)
      throw new Error('the compiler finds no goals/index.ts in goals/tsconfig.json');
    return project.checker.getExportsOfModule(module).map((one) => exportedOf(one, project));
  } finally {
    api.close();
  }
}

function exportedOf(passedOn: Named, project: Project): Exported {
  const { checker } = project;
  const symbol = has(passedOn, SymbolFlags.Alias) ? checker.getAliasedSymbol(passedOn) : passedOn;
  const isValue = has(symbol, SymbolFlags.Value);
  const isAlias = has(symbol, SymbolFlags.TypeAlias);
  // A schema and its type have one name, and the type has the schema's fields.
  const hasMembers =
    has(symbol, SymbolFlags.Interface) || has(symbol, SymbolFlags.Class) || (isValue && isAlias);
  return {
    name: passedOn.name,
    isValue,
    text: hasMembers ? '' : declarationOf(symbol, project),
    members: hasMembers
      ? checker
          .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
          .filter((one) => !(has(symbol, SymbolFlags.Class) && isOfEveryError(one)))
          .map((one) => memberOf(one, project))
      : [],
    doc: docOf(symbol, project),
  };
}

const has = (symbol: Named, flag: SymbolFlags): boolean => (symbol.flags & flag) !== 0;

/** `message`, `stack` and their like. */
const isOfEveryError = ({ name }: Named): boolean => ['name', 'message', 'stack', 'cause'].includes(name);

function memberOf(symbol: Named, project: Project): Member {
  return {
    name: symbol.name,
    type: declarationOf(symbol, project),
    isOptional: has(symbol, SymbolFlags.Optional),
    isFunction: has(symbol, SymbolFlags.Method),
    doc: docOf(symbol, project),
  };
}

/** The type that its author wrote, or that the compiler infers where that says more. */
function declarationOf(symbol: Named, project: Project): string {
  const { checker } = project;
  const node = symbol.declarations[0]?.resolve(project);
  const called = node !== undefined && isVariableDeclaration(node) ? node.initializer : node;
  if (
    called !== undefined &&
    (isFunctionDeclaration(called) || isArrowFunction(called) || isMethodSignatureDeclaration(called))
  )
    return `(${called.parameters.map((one) => one.getText()).join(', ')}): ${called.type?.getText() ?? 'void'}`;
  if (
    node !== undefined &&
    (isTypeAliasDeclaration(node) ||
      isPropertySignatureDeclaration(node) ||
      isPropertyDeclaration(node) ||
      isParameterDeclaration(node)) &&
    node.type !== undefined
  ) {
    const written = node.type.getText();
    if (!INDIRECT.test(written)) return written;
  }
  const type = has(symbol, SymbolFlags.TypeAlias)
    ? checker.getDeclaredTypeOfSymbol(symbol)
    : checker.getTypeOfSymbol(symbol);
  const flags = NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias;
  return type === undefined ? '' : checker.typeToString(type, undefined, flags);
}

/** A type that is only a reference to where it is written. */
const INDIRECT = /^(Written\['|z\.infer<|\(typeof )/;

function docOf(symbol: Named, { checker }: Project): Doc {
  const tags = symbol.getJsDocTags(checker);
  const named = (name: string): string[] =>
    tags.filter((tag) => tag.name === name).map(({ text = '' }) => text.trim());
  return {
    text: symbol.getDocumentationComment(checker).trim(),
    default: named('default')[0] ?? null,
    params: named('param'),
    throws: named('throws'),
    examples: named('example').map((text) => text.replace(/^```ts\n|\n```$/g, '')),
  };
}
