import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname
const page = readFileSync(join(root, 'docs/writing-a-connector.md'), 'utf8')
/** What the page adds to stands in these. */
const COPIED = ['src', 'sandbox', 'test/support', 'package.json'] as const

const blocks = (kind: 'file' | 'line') =>
  [...page.matchAll(new RegExp(`^\`\`\`ts ${kind}=(\\S+)\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, file = '', code = '']) => ({ file, code }),
  )

/** A copy of what is there, with what the page writes: links would lead back to the registry without the new line. */
let checkout = ''
before(() => {
  checkout = mkdtempSync(join(tmpdir(), 'sijil-tutorial-'))
  for (const part of COPIED) cpSync(join(root, part), join(checkout, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  const include = [
    'src/connectors/dafater',
    'sandbox/vendors/dafater',
    'src/connectors/registry.ts',
    'sandbox/vendors.ts',
  ]
  writeFileSync(join(checkout, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.json'), include }))
  for (const { file, code } of blocks('file')) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true })
    writeFileSync(join(checkout, file), code)
  }
  for (const { file, code } of blocks('line')) {
    const [imported = '', entry = ''] = code.split('\n')
    const text = readFileSync(join(checkout, file), 'utf8')
    writeFileSync(join(checkout, file), `${imported}\n${text.replace(/(export const \w+.* = \[)/, `$1\n${entry}`)}`)
  }
})
after(() => rmSync(checkout, { recursive: true, force: true }))

/** What a program says in the copy, also when it fails. */
async function printed(words: readonly string[]): Promise<string> {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  try {
    return (await run(process.execPath, words, { cwd: checkout, env })).stdout
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return error.stdout
    throw error
  }
}

test('the page shows a whole connector, its sandbox and its tests, and the two lines that join them', () => {
  assert.deepEqual(
    [...blocks('file'), ...blocks('line')].map(({ file }) => file.split('/').at(-1)),
    [
      'contract.ts',
      'webhook.ts',
      'connector.ts',
      'vendor.ts',
      'subjects.ts',
      'dafater.test.ts',
      'registry.ts',
      'vendors.ts',
    ],
  )
})

test('what the page shows compiles under our own settings', async () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const stdout = await printed([compiler, '--noEmit', '-p', checkout])
  assert.equal(stdout, '')
})

test('what the page shows passes its own tests, and what is asked of every contract', async () => {
  const files = ['sandbox/vendors/dafater/dafater.test.ts', 'src/connectors/registry.test.ts']
  const stdout = await printed(['--test', '--test-reporter=tap', ...files])
  assert.match(
    stdout,
    /\n# fail 0\n/,
    stdout
      .split('\n')
      .filter((line) => /not ok|error:|Error/.test(line))
      .join('\n'),
  )
  assert.match(stdout, /# Subtest: dafater savePartner\n/)
  assert.match(stdout, /# Subtest: The contract of dafater\n/)
})
