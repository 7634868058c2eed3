/** Runs every check, also after one failed, so that one run tells all that is wrong. Totals go to .totals.check.json. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'

const root = dirname(import.meta.dirname)
/** Names of npm scripts, quickest first. */
const checks = ['format', 'lint', 'types', 'unused', 'house'] as const

const failed = checks.filter((check) => !passes(check))
const passed = checks.length - failed.length

writeFileSync(join(root, '.totals.check.json'), `${JSON.stringify({ passed, failed: failed.length })}\n`)
console.log(`\nchecks: ${passed} passed, ${failed.length} failed${failed.length > 0 ? ` (${failed.join(', ')})` : ''}`)
process.exitCode = failed.length > 0 ? 1 : 0

function passes(check: string): boolean {
  console.log(`\n── ${check}`)
  return spawnSync('npm', ['run', '--silent', check], { cwd: root, stdio: 'inherit' }).status === 0
}
