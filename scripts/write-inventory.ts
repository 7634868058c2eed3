/** Writes docs/inventory.md from the definitions; with --check it only says whether the page has drifted (exit code 1). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import type { Workflow } from '../src/flow/workflow.ts'
import { buildCatalogue } from '../src/inventory/catalogue.ts'
import { externalBy } from '../src/inventory/external.ts'
import { outlines } from '../src/inventory/outlines/index.ts'
import { inventoryMarkdown } from '../src/inventory/render-markdown.ts'

const COMMAND = 'node scripts/write-inventory.ts'
const root = dirname(import.meta.dirname)
const file = join(root, 'docs', 'inventory.md')
const definitions = join(root, 'src', 'workflows', 'index.ts')

const { workflows } = existsSync(definitions)
  ? // The module's own type: `workflows` is what it exports.
    ((await import(definitions)) as { readonly workflows: readonly Workflow[] })
  : { workflows: [] }
const page = inventoryMarkdown(buildCatalogue({ workflows, outlines, external: externalBy([]) }), COMMAND)
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
