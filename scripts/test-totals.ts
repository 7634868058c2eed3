/** A reporter for node --test: one line of JSON with the totals of the whole run, for .ci/run. */
import type { TestEvent } from 'node:test/reporters'

export interface TestTotals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly todo: number
}

// oxlint-disable-next-line import/no-default-export -- the runner takes a reporter from the default export
export default async function* testTotals(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    // Each file reports a summary of its own too; the one without a file is the run's.
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue
    const { tests, passed, skipped, todo } = event.data.counts
    // What did not pass failed, was cancelled, or never came to its end.
    const totals: TestTotals = { passed, failed: tests - passed - skipped - todo, skipped, todo }
    yield `${JSON.stringify(totals)}\n`
  }
}
