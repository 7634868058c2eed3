/** A reporter for node --test: one line of JSON for each test that ran, with its place and, if it failed, how. */
import type { TestEvent } from 'node:test/reporters'

export interface Reported {
  readonly path: readonly string[]
  readonly failure: Failure | undefined
}
export interface Failure {
  /** Of the test runner: `testCodeFailure`, `hookFailed`, `cancelledByParent`, … */
  readonly type: string
  readonly name: string
  readonly code: string
  readonly message: string
}

// oxlint-disable-next-line import/no-default-export -- the runner takes a reporter from the default export
export default async function* reported(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const open: string[] = []
  for await (const event of events) {
    if (event.type === 'test:start') open[event.data.nesting] = event.data.name
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, nesting, details, skip } = event.data
    if (details.type === 'suite' || skip !== undefined) continue
    const failure = 'error' in details ? failureOf(details.error) : undefined
    const line: Reported = { path: [...open.slice(0, nesting), name], failure }
    yield `${JSON.stringify(line)}\n`
  }
}

function failureOf(error: Error): Failure {
  const cause: unknown = error.cause ?? error
  return {
    type: 'failureType' in error ? String(error.failureType) : '',
    name: cause instanceof Error ? cause.name : '',
    code: cause instanceof Error && 'code' in cause ? String(cause.code) : '',
    message: cause instanceof Error ? cause.message : String(cause),
  }
}
