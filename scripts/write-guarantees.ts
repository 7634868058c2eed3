/**
 * Writes the table of guards in docs/guarantees.md from `test/guards/`; with --check it only says whether the page has drifted (exit
 * code 1).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { claims } from '../test/guards/claims.ts'
import { type Guard, readGuards } from '../test/guards/guard.ts'

const COMMAND = 'npx node scripts/write-guarantees.ts'
const root = dirname(import.meta.dirname)
const file = join(root, 'docs', 'guarantees.md')
const marks = /(<!-- guards: .* -->\n)[\s\S]*(<!-- \/guards -->)/

const before = readFileSync(file, 'utf8')
const page = before.replace(marks, (_, begin: string, end: string) => `${begin}${tableOf(guards())}\n${end}`)

if (!process.argv.includes('--check')) writeFileSync(file, page)
else if (before !== page) {
  console.error(`docs/guarantees.md differs from the guards. Nothing was changed; run: ${COMMAND}`)
  process.exitCode = 1
}

function guards(): readonly Guard[] {
  return readGuards(join(root, 'test', 'guards', 'removed'))
}

function tableOf(all: readonly Guard[]): string {
  const rows = Object.entries(claims).map(([name, { claim, notYet }]) => {
    const keeping = all.filter(({ keeps }) => keeps.includes(name))
    const files = [...new Set(keeping.map(({ red }) => red.file))].toSorted()
    return `| ${name} | ${claim} | ${notYet ?? keeping.length} | ${files.map((path) => `\`${path}\``).join(', ')} |`
  })
  return [
    '| rule | what it says | guards taken out | tests that miss one |',
    '| --- | --- | ---: | --- |',
    ...rows,
    '',
    `${all.length} guards in all; one may keep several rules.`,
  ].join('\n')
}
