import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { bundleFlows } from '../../src/engine/temporal/bundle.ts'

const SourceMap = z.object({ sources: z.array(z.string()) })
/** Temporal's own code for the sandbox is some 550 kB of it. */
const SIZE_MAX = 690_000

/** What belongs to Node the bundler refuses by itself. */
describe("what is loaded into Temporal's sandbox", () => {
  let code = ''
  /** Of each module that is in it. */
  let paths: readonly string[] = []
  before(async () => {
    const flows = new URL('../../src/composition/temporal-workflows.ts', import.meta.url)
    const bundle = await bundleFlows(fileURLToPath(flows))
    const [lean = '', map = ''] = bundle.code.split('//# sourceMappingURL=data:application/json;charset=utf-8;base64,')
    code = lean
    paths = SourceMap.parse(JSON.parse(Buffer.from(map, 'base64').toString())).sources
  })

  test('is lean', () => {
    assert.ok(code.length > 10_000, 'there is something in it')
    assert.ok(code.length < SIZE_MAX, `${code.length} bytes`)
  })

  test('names no path of the machine that bundled it', () => {
    assert.doesNotMatch(code, /node_modules/)
  })

  test('holds the flows and nothing of what workers do', () => {
    assert.ok(
      paths.some((path) => path.includes('partner-approval/workflow.ts')),
      paths.join('\n'),
    )
    const foreign = paths.filter((path) => /node_modules\/(zod|pg|hono|pino)\//.test(path))
    assert.deepEqual(foreign, [])
    assert.deepEqual(
      paths.filter((path) =>
        /workflows\/.*\/(steps|contract)\.ts$|src\/(ledger|connectors|decisions|trust)\//.test(path),
      ),
      [],
    )
  })
})
