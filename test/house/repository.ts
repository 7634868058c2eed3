/** The files of the repository as the house rules see them: what is or would be committed. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = dirname(dirname(import.meta.dirname))

/** What .gitignore names; a clone without git (a source archive) is checked the same way. */
const ignored = new Set(['.git', 'node_modules', 'dist', '.sijil'])
const transient = /\.(log|tgz)$|(^|\/)\.totals\.[^/]*$/

/** Paths relative to the root, with `/`, sorted. */
export function filesOf(base: string = root): readonly string[] {
  return globSync(['**/*', '**/.*', '**/.*/**/*'], {
    cwd: base,
    withFileTypes: true,
    exclude: (entry) => ignored.has(entry.name),
  })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(base.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !transient.test(path))
    .toSorted()
    .filter((path, index, all) => path !== all[index - 1])
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export const isTest = (path: string): boolean => /\.(test|types)\.ts$/.test(path)
export const isTypeScript = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.d.ts')

/** One thing that a rule found. A list of these compared with an empty list makes a readable failure. */
export type Finding = `${string}:${number}: ${string}`

export function finding(path: string, line: number, what: string): Finding {
  return `${path}:${line}: ${what}`
}
