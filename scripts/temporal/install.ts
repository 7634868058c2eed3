/**
 * `npm run temporal:install`: builds Temporal's command-line tool, development server included, at the version that `go.mod` beside
 * this file pins. Takes about three minutes on two cores the first time; the result stays in `.temporal/`, outside the repository.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { builtTool, findTool } from './find-tool.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
mkdirSync(fileURLToPath(new URL('../../.temporal/', import.meta.url)), { recursive: true })
process.stderr.write('Building the Temporal command-line tool with Go; the first time takes some minutes.\n')
const { status, error } = spawnSync('go', ['build', '-o', builtTool, 'github.com/temporalio/cli/cmd/temporal'], {
  cwd: here,
  stdio: 'inherit',
})
const found = error === undefined ? undefined : findTool()
if (found !== undefined) process.stderr.write(`Go is not there; ${found} is used as it is. Nothing was installed.\n`)
else if (error !== undefined)
  process.stderr.write(
    `Go could not be started (${error.message}). Install Go 1.26 or newer, or put a \`temporal\` on PATH. Nothing was installed.\n`,
  )
process.exitCode = found === undefined ? (status ?? 1) : 0
