/**
 * Completes package-lock.json after a change of the dependencies: `npm run lock`.
 *
 * A registry that is a mirror may lack the binaries of other platforms. npm then leaves those optional packages out of the
 * lock file, and `npm ci` refuses the file as out of step (npm/cli issue 9846). What such an entry must hold for `npm ci` to
 * pass over it is known without the registry: the version that its parent asks for, and the platform that its name tells.
 * It has no digest; on its own platform npm fetches it by version.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const Entry = z.object({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
})
type Entry = z.infer<typeof Entry>
/** Only what is read here is parsed; the rest of the file stays as npm wrote it. */
const Fields = z.record(z.string(), z.unknown())

const file = new URL('../package-lock.json', import.meta.url)
const lock = Fields.parse(JSON.parse(readFileSync(file, 'utf8')))
const packages = Fields.parse(lock['packages'])
const missing = Object.entries(packages).flatMap(([path, entry]) => missingFrom(path, Entry.parse(entry)))
const complete = Object.entries(packages).concat(missing)
lock['packages'] = Object.fromEntries(complete.toSorted(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`package-lock.json: ${missing.length} packages of other platforms added`)

function missingFrom(parent: string, { dev, optionalDependencies = {} }: Entry): readonly [string, unknown][] {
  return Object.entries(optionalDependencies)
    .filter(([name]) => !Object.hasOwn(packages, `node_modules/${name}`))
    .filter(([name]) => !Object.hasOwn(packages, `${parent}/node_modules/${name}`))
    .map(([name, range]) => [
      `node_modules/${name}`,
      { version: exactly(range, name), ...(dev === true && { dev }), optional: true, ...platformOf(name) },
    ])
}

function exactly(range: string, name: string): string {
  const version = range.replace(/^[\^~]/, '')
  if (/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return version
  throw new Error(`${name} is asked for as "${range}", which does not tell one version. Nothing was written.`)
}

/** `@scope/tool-linux-arm64-musl` runs on linux, arm64, musl. */
function platformOf(name: string): { os?: string[]; cpu: string[]; libc?: string[] } {
  const words = name.split(/[/-]/)
  const os = words.find((word) =>
    /^(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)$/.test(word),
  )
  const cpu = words.find((word) => /^(arm|arm64|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64|wasm32)$/.test(word))
  const libc = words.find((word) => /^(gnu|musl)/.test(word))
  if (cpu === undefined || (os === undefined && cpu !== 'wasm32')) {
    throw new Error(`The name of ${name} does not tell its platform. Nothing was written.`)
  }
  if (os === undefined) return { cpu: [cpu] }
  if (os !== 'linux' || libc === undefined) return { os: [os], cpu: [cpu] }
  return { os: [os], cpu: [cpu], libc: [libc.startsWith('gnu') ? 'glibc' : 'musl'] }
}
