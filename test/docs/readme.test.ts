/** What README lists by hand is held against what there is. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { connectors } from '../../src/connectors/registry.ts'

const root = new URL('../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')

/** The first and the other cells of the rows of a section's tables. */
function rowsOf(title: string): readonly { readonly first: string; readonly rest: string }[] {
  const section = readme.split(/^#{2,3} /m).find((one) => one.startsWith(`${title}\n`)) ?? ''
  return [...section.matchAll(/^\|([^|]*)\|(.*)\|$/gm)].map(([, first = '', rest = '']) => ({ first, rest }))
}

const quoted = (cell: string): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code.split(' '))

async function commandsUnder(words: readonly string[]): Promise<readonly string[]> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  await runCommandLine([...words, '--help'], { env: {}, stdin, stdout, stderr })
  stdout.end()
  const [, listed = ''] = (await text(stdout)).split('\nCommands:\n')
  const [own = ''] = listed.split('\n\n')
  return [...own.matchAll(/^ {2}([a-z]+)/gm)].map(([, word = '']) => word).filter((word) => word !== 'help')
}

suite('README', () => {
  test('names every command', async () => {
    const rows = rowsOf('Commands').map(({ first }) => quoted(first))
    const groups = await commandsUnder([])
    assert.ok(groups.length > 10, 'the commands were found')
    for (const group of groups) {
      const named = new Set(rows.filter((words) => words[0] === group).flat())
      assert.ok(named.has(group), `no row of its own: sijil ${group}`)
      for (const command of await commandsUnder([group]))
        assert.ok(named.has(command), `not named: sijil ${group} ${command}`)
    }
  })

  test('names every connector in the row of its role, and its page', () => {
    const rows = rowsOf('Configuration')
    for (const { key, system, declaration } of connectors) {
      const row = rows.find(({ first }) => quoted(first)[0] === system)?.rest ?? ''
      const page = `docs/connectors/${key}.md`
      const name = existsSync(new URL(page, root)) ? `(${page})` : declaration.displayName.en
      assert.ok(row.includes(name), `${key} is not among those of ${system}: ${name}`)
    }
  })
})
