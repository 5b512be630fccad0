import type { Reporter, TestModule } from 'vitest/node';

/** Closes the suite with one line that tools can read: `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let skipped = 0;
    // A file that cannot be loaded has no test to fail, and an error outside of any test counts too.
    let failed = unhandled.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'skipped') skipped++;
        else failed++;
      }
      if (module.errors().length > 0) failed++;
    }
    const tail = skipped === 0 ? '' : `, ${skipped} skipped`;
    process.stdout.write(`\n${passed} passed, ${failed} failed${tail}\n`);
  }
}
