/** A copy of the work tree in which guards are taken out, one at a time. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { filesOf } from '../house/repository.ts'
import type { Guard } from './guard.ts'
import { takeOut } from './take-out.ts'

export interface WorkCopy extends Disposable {
  readonly root: string
  /** For what the tests make; gone with the copy, also when a test was ended before it could tidy up. */
  readonly temporary: string
  /** Takes a guard out while `work` goes on. */
  without<T>(guard: Guard, work: () => Promise<T>): Promise<T>
}

/** Whatever is or would be committed, and the installed packages by a link. */
export function workCopy(of: string): WorkCopy {
  const root = mkdtempSync(join(tmpdir(), 'sijil-guards-'))
  // Postgres runs as another user, who must be able to come by.
  chmodSync(root, 0o755)
  const temporary = join(root, '.tmp')
  mkdirSync(temporary)
  chmodSync(temporary, 0o777)
  for (const path of filesOf(of)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    cpSync(join(of, path), join(root, path))
  }
  symlinkSync(join(of, 'node_modules'), join(root, 'node_modules'))
  return {
    root,
    temporary,
    async without(guard, work) {
      const path = join(root, guard.file)
      const whole = readFileSync(path, 'utf8')
      writeFileSync(path, takeOut(whole, guard))
      try {
        return await work()
      } finally {
        writeFileSync(path, whole)
      }
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}
