import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname
const page = readFileSync(join(root, 'docs/writing-a-workflow.md'), 'utf8')

/** A checkout that has what the page writes, and everything else by reference. */
let checkout = ''
before(() => {
  checkout = mkdtempSync(join(tmpdir(), 'sijil-tutorial-'))
  mkdirSync(join(checkout, 'src/workflows'), { recursive: true })
  for (const room of readdirSync(join(root, 'src')))
    if (room !== 'workflows') symlinkSync(join(root, 'src', room), join(checkout, 'src', room))
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }')
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { preserveSymlinks: false },
    include: ['src/workflows'],
  }
  writeFileSync(join(checkout, 'tsconfig.json'), JSON.stringify(options))
  for (const { file, code } of blocks()) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true })
    writeFileSync(join(checkout, file), code)
  }
})
after(() => rmSync(checkout, { recursive: true, force: true }))

function blocks(): readonly { readonly file: string; readonly code: string }[] {
  const found = page.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm)
  return [...found].map(([, file = '', code = '']) => ({ file, code }))
}

test('the page shows the three files, the join and a test', () => {
  assert.deepEqual(
    blocks().map(({ file }) => file.split('/').at(-1)),
    ['contract.ts', 'steps.ts', 'workflow.ts', 'index.ts', 'price-exception.test.ts'],
  )
})

test('what the page shows compiles under our own settings', async () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [compiler, '--noEmit', '-p', checkout], { cwd: checkout })
  assert.equal(stdout, '')
})

test('what the page shows passes its own test', async () => {
  const { stdout } = await run(
    process.execPath,
    ['--test', '--test-reporter=tap', 'src/workflows/sales/price-exception/price-exception.test.ts'],
    {
      cwd: checkout,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    },
  )
  assert.match(stdout, /# pass 4\n# fail 0/)
})
