/** Rules about what is committed: no place of one machine, no registry, and links that lead somewhere. */
import { posix } from 'node:path'
import { type Finding, finding } from './repository.ts'

/** Written in pieces, so that this file passes its own rule. */
const homes = ['work', 'root', 'home/[a-z]', 'Users/[A-Za-z]', 'tmp/[a-z]'].join('|')
const machinePath = new RegExp(`(?<![\\w.~-])/(${homes})[/\\w-]*/`)
const registryHost = new RegExp(`\\bregistry\\.(${['npmjs', 'yarnpkg', 'npmmirror'].join('|')})\\.`)

export function findMachineTraces(path: string, text: string): readonly Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const trace = machinePath.exec(line)?.[0] ?? registryHost.exec(line)?.[0]
    return trace === undefined ? [] : [finding(path, index + 1, `a trace of one machine: ${trace}`)]
  })
}

/** What the rules read of one entry of package-lock.json. */
export interface LockedPackage {
  readonly resolved?: string | undefined
  readonly integrity?: string | undefined
  readonly optional?: boolean | undefined
  readonly cpu?: readonly string[] | undefined
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined
}
export type Lock = Readonly<Record<string, LockedPackage>>

/**
 * The packages whose entry says where they were fetched, or whose content no digest fixes. Binaries of another platform may
 * lack their digest: `scripts/complete-lock.ts` says why.
 */
export function findUnfixedPackages(lock: Lock): readonly string[] {
  const isForeignBinary = ({ optional, cpu }: LockedPackage): boolean => optional === true && cpu !== undefined
  return Object.entries(lock)
    .filter(([path]) => path !== '')
    .filter(([, entry]) => entry.resolved !== undefined || (entry.integrity === undefined && !isForeignBinary(entry)))
    .map(([path]) => path)
}

/** Optional packages that somebody asks for and the lock file lacks: `npm ci` would refuse it. */
export function findUnlockedPackages(lock: Lock): readonly string[] {
  return Object.entries(lock).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => lock[`node_modules/${name}`] === undefined && lock[`${path}/node_modules/${name}`] === undefined,
    ),
  )
}

/** Links of a page that lead nowhere. `pages` holds the text of each Markdown page; `exists` knows every other file. */
export function findDeadLinks(
  path: string,
  pages: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): readonly Finding[] {
  return linksOf(pages.get(path) ?? '').flatMap(({ target, line }) => {
    const [file = '', anchor = ''] = target.split('#')
    const page = file === '' ? path : posix.join(file.startsWith('/') ? '' : posix.dirname(path), decodeURI(file))
    if (!exists(page)) return [finding(path, line, `a dead link: ${target}`)]
    const text = pages.get(page)
    if (anchor === '' || text === undefined || anchorsOf(text).has(decodeURIComponent(anchor))) return []
    return [finding(path, line, `a link to a heading that is not there: ${target}`)]
  })
}

interface Link {
  readonly target: string
  readonly line: number
}

/** Links inside the repository: `[text](target)` and `[name]: target`, outside of code. */
function linksOf(text: string): readonly Link[] {
  return withoutCode(text)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s+(\S+)|(?:href|src)="([^"]+)"/g)]
        .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
        .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
        .map((target) => ({ target, line: index + 1 })),
    )
}

/** The names under which a page's headings can be linked, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>([...text.matchAll(/\b(?:id|name)="([^"]+)"/g)].map((match) => match[1] ?? ''))
  for (const [, heading = ''] of withoutCode(text, 'blocks only').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    let name = slug
    for (let again = 1; anchors.has(name); again += 1) name = `${slug}-${again}`
    anchors.add(name)
  }
  return anchors
}

/** Code becomes blank, line by line, so that line numbers stay. */
function withoutCode(text: string, extent: 'all' | 'blocks only' = 'all'): string {
  const blank = (code: string): string => code.replaceAll(/[^\n]/g, ' ')
  const prose = text.replaceAll(/^( *)(```+|~~~+)[\s\S]*?^\1\2 *$/gm, blank)
  return extent === 'all' ? prose.replaceAll(/`[^`\n]+`/g, blank) : prose
}
