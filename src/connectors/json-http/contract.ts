import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { setting } from '../connector.ts'
import { text } from '../setting-kinds.ts'
import { readDescription } from './description.ts'

/** `name=key`, one a line or separated by commas. */
const keys = text.transform((list, ctx) => {
  const pairs = list
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => /^(?<name>[a-z][a-z0-9-]*) *= *(?<key>.+)$/.exec(line)?.groups)
    .map((found) => [found?.['name'] ?? '', found?.['key'] ?? ''] as const)
  if (pairs.every(([name]) => name !== '')) return new Map(pairs)
  ctx.addIssue('must be name=key, separated by commas or lines')
  return z.NEVER
})

export const settings = {
  description: setting({
    env: 'SIJIL_RESEARCH_DESCRIPTION',
    secret: false,
    title: { en: 'Description of the sources: a file, or its JSON', ar: 'وصف المصادر: ملف أو نص JSON' },
    schema: text.transform((given, ctx) => {
      const json = given.trimStart().startsWith('{') ? given : contentOf(given)
      if (json === undefined) {
        ctx.addIssue('names a file that cannot be read')
        return z.NEVER
      }
      const read = readDescription(json)
      if (!('problems' in read)) return read
      for (const problem of read.problems) ctx.addIssue(problem)
      return z.NEVER
    }),
  }),
  keys: setting({
    env: 'SIJIL_RESEARCH_KEYS',
    secret: true,
    title: { en: 'Keys of the sources, each as name=key', ar: 'مفاتيح المصادر، كل منها اسم=مفتاح' },
    schema: keys.optional(),
  }),
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
