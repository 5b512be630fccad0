// What a goal's code has no use of, as it is not in Temporal's sandbox: a compiler with `goalkeeper/tsconfig.goals.json` knows it
// better, and says it in the editor; here it is a warning, as the file may be a job's as well.

import { type CheckIssue, issueAt } from './check-issue.ts';
import { placeAt, type SourceFile, withoutTexts } from './source-files.ts';

const OUTSIDE: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.$])fetch(?=\s*\()/g, 'fetch is not in the sandbox where goals live; fetch in a job'],
  [
    /(?<![\w.$])(?:setTimeout|setInterval)(?=\s*\()/g,
    'a timer in the code of goals; wait with `sleep` of pursue’s tools, or in a job',
  ],
  [/(?<![\w.$])performance(?=\.)/g, 'a clock in the code of goals; measure time in a job'],
  [
    /(?<![\w.$])process(?=\.)/g,
    'process is not in the sandbox where goals live; read the environment in a job, or take it from the input',
  ],
];

export const outsideSandbox = (files: readonly SourceFile[]): CheckIssue[] =>
  files.flatMap((file) => {
    const code = withoutTexts(file.text);
    return OUTSIDE.flatMap(([pattern, message]) =>
      [...code.matchAll(pattern)].map(({ index }) =>
        issueAt(placeAt(file, index), 'warning', 'outside_sandbox', message),
      ),
    );
  });
