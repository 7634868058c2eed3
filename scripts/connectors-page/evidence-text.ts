import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Declaration } from '../../src/connectors/declaration.ts'
import { type Check, evidence, kinds } from '../../test/connectors/evidence.ts'
import { namesIn } from '../../test/guards/test-names.ts'

/** The part of one connector. Throws when it names a test that is not there. */
export function evidenceOf({ key, displayName }: Declaration, root: string): string {
  const own = evidence[key]
  const page = `connectors/${key}.md`
  const heading = `### ${displayName.en} · ${displayName.ar}`
  const more = existsSync(join(root, 'docs', page)) ? [`More of it: [${page}](${page}).`] : []
  if (own === undefined) return [heading, 'Nothing is on record.', ...more].join('\n\n')
  const checks = own.checks.map((check) => lineOf(check, root))
  const readings = own.onlyOurReading.map((reading) => `- Only our reading: ${reading}.`)
  return [heading, [...checks, ...readings].join('\n'), ...more].join('\n\n')
}

/** Whose author is not ours. */
const others: ReadonlySet<Check['kind']> = new Set(['interface', 'client', 'server', 'standard'])

function lineOf(check: Check, root: string): string {
  const { kind, says, file, test } = check
  const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined
  if (text === undefined || !isIn(check, text))
    throw new Error(
      `test/connectors/evidence.ts names a test that is not there: ${file} > ${typeof test === 'string' ? test : test.madeBy}. Nothing was written.`,
    )
  const title = others.has(kind) ? `**${kinds[kind]}**` : kinds[kind]
  return `- Passed ${title}: ${says} (\`${file}\`).`
}

const isIn = ({ file, test }: Check, text: string): boolean =>
  typeof test === 'string' ? namesIn(file, text)(test) : new RegExp(`^\\s*${test.madeBy}\\(`, 'm').test(text)
