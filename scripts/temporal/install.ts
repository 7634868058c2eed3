/**
 * `npm run temporal:install`: builds Temporal's command-line tool, development server included, at the version that `go.mod` beside
 * this file pins. Takes about three minutes on two cores the first time; the result stays in `.temporal/`, outside the repository.
 * With `-- --full` it builds the full server of the same version instead, and the tool that lays out its databases (two minutes).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { builtTool, findTool, fullServer } from './find-tool.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
mkdirSync(fileURLToPath(new URL('../../.temporal/', import.meta.url)), { recursive: true })
const { values } = parseArgs({ options: { full: { type: 'boolean', default: false } } })
process.exitCode = values.full ? installFullServer() : installTool()

function installTool(): number {
  process.stderr.write('Building the Temporal command-line tool with Go; the first time takes some minutes.\n')
  const { status, problem } = build(builtTool, 'github.com/temporalio/cli/cmd/temporal')
  if (problem === undefined) return status
  const found = findTool()
  process.stderr.write(
    found === undefined
      ? `${problem} Install Go 1.26 or newer, or put a \`temporal\` on PATH. Nothing was installed.\n`
      : `Go is not there; ${found} is used as it is. Nothing was installed.\n`,
  )
  return found === undefined ? 1 : 0
}

function installFullServer(): number {
  process.stderr.write("Building Temporal's full server with Go; the first time takes some minutes.\n")
  const parts = [
    [fullServer.server, 'go.temporal.io/server/cmd/server'],
    [fullServer.sqlTool, 'go.temporal.io/server/cmd/tools/sql'],
  ] as const
  for (const [to, source] of parts) {
    const { status, problem } = build(to, source)
    if (problem !== undefined) process.stderr.write(`${problem} Install Go 1.26 or newer. Nothing was installed.\n`)
    if (status !== 0) return status
  }
  return 0
}

/** `problem`: why Go did not even start. */
function build(to: string, source: string): { readonly status: number; readonly problem: string | undefined } {
  const { status, error } = spawnSync('go', ['build', '-o', to, source], { cwd: here, stdio: 'inherit' })
  const problem = error === undefined ? undefined : `Go could not be started (${error.message}).`
  return { status: status ?? 1, problem }
}
