import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findWrongImports, mayImport, roomOf } from './import-direction.ts'
import { filesOf, isTypeScript, read } from './repository.ts'

const sources = filesOf().filter((path) => path.startsWith('src/') && isTypeScript(path))

test('imports in src point downwards only', () => {
  assert.deepEqual(
    sources.flatMap((path) => findWrongImports(path, read(path))),
    [],
  )
})

test('the rule looks at something', () => {
  assert.ok(sources.some((path) => roomOf(path) === 'flow'))
})

test('the table has no circle, so that down is down', () => {
  const below = (room: string, seen: readonly string[]): void => {
    assert.ok(!seen.includes(room), [...seen, room].join(' > '))
    for (const next of mayImport[room] ?? []) below(next, [...seen, room])
  }
  for (const room of Object.keys(mayImport)) below(room, [])
})

const wrong: readonly (readonly [path: string, text: string])[] = [
  ['src/engine/local/drive.ts', "import { partner } from '../../workflows/partners/partner-approval/workflow.ts'"],
  ['src/engine/local/drive.ts', "import type { Partner } from '../../workflows/partners/contract.ts'"],
  ['src/engine/local/drive.ts', "export * from '../../connectors/email/client.ts'"],
  ['src/engine/local/drive.ts', "export type { Email } from '../../connectors/email/client.ts'"],
  ['src/engine/local/drive.ts', "type Email = import('../../connectors/email/client.ts').Email"],
  ['src/engine/local/drive.ts', "const email = await import('../../connectors/email/client.ts')"],
  ['src/ledger/append.ts', "import {\n  drive,\n  park,\n} from '../engine/local/drive.ts'"],
  ['src/connectors/email/client.ts', "import { sendTerms } from '../../workflows/partners/steps.ts'"],
  ['src/connectors/email/client.ts', "import { seal } from '../../trust/seal.ts'"],
  ['src/inventory/audit.ts', "import { catalogue } from '../workflows/catalogue.ts'"],
  ['src/http/server.ts', "import { print } from '../cli/print.ts'"],
  ['src/flow/step.ts', "import { createHash } from 'node:crypto'"],
  ['src/flow/step.ts', "import { z } from 'zod'"],
  ['src/flow/step.ts', "import type { Row } from '../ledger/row.ts'"],
  ['src/cli/demo.ts', "import { vendor } from '../../sandbox/vendor.ts'"],
  ['src/ledger/append.test.ts', "import { vendor } from '../../sandbox/vendor.ts'"],
  ['src/drawer/anything.ts', "import { a } from '../flow/index.ts'"],
]
for (const [path, text] of wrong) {
  test(`refuses in ${path}: ${text.replaceAll(/\s+/g, ' ')}`, () => {
    assert.equal(findWrongImports(path, text).length, 1)
  })
}

const right: readonly (readonly [path: string, text: string])[] = [
  ['src/main.ts', "import { cli } from './cli/cli.ts'\nimport { serve } from './http/server.ts'"],
  ['src/cli/version.ts', "import manifest from '../../package.json' with { type: 'json' }"],
  ['src/cli/serve.ts', "import { serve } from '../http/server.ts'"],
  [
    'src/workflows/partners/partner-approval/steps.ts',
    "import { step } from '../../../flow/index.ts'\nimport { z } from 'zod'",
  ],
  [
    'src/engine/local/drive.ts',
    "// import { a } from '../../workflows/a.ts'\nconst text = \"import '../../workflows/a.ts'\"",
  ],
  ['src/engine/local/drive.ts', "import { append } from '../../ledger/append.ts'\nimport { drive } from '../drive.ts'"],
  ['src/ledger/append.test.ts', "import { postgres } from '../../test/support/postgres.ts'"],
  ['src/flow/step.test.ts', "import assert from 'node:assert/strict'\nimport { test } from 'node:test'"],
]
for (const [path, text] of right) {
  test(`allows in ${path}: ${text.replaceAll(/\s+/g, ' ')}`, () => {
    assert.deepEqual(findWrongImports(path, text), [])
  })
}
