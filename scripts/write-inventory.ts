/** Writes docs/inventory.md from the definitions; with --check it only says whether the page has drifted (exit code 1). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { openCatalogue } from '../src/composition/catalogue.ts'
import { inventoryMarkdown } from '../src/inventory/render-markdown.ts'

const COMMAND = 'node scripts/write-inventory.ts'
const root = dirname(import.meta.dirname)
const file = join(root, 'docs', 'inventory.md')

// Without connectors that are configured every system counts as outside, which is where the vendors are.
const page = inventoryMarkdown(openCatalogue([]), COMMAND)
const before = existsSync(file) ? readFileSync(file, 'utf8') : ''

if (process.argv.includes('--check')) {
  if (before !== page) {
    console.error(`docs/inventory.md differs from the definitions. Nothing was changed; run: ${COMMAND}`)
    process.exitCode = 1
  }
} else {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, page)
}
