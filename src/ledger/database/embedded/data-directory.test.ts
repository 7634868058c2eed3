import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { holdDataDirectory, readHolder } from './data-directory.ts'

let dataDir: string

before(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sijil-hold-'))
})
after(() => rmSync(dataDir, { recursive: true }))

const module = new URL('./data-directory.ts', import.meta.url).href
const holdForever = `
  import { holdDataDirectory } from ${JSON.stringify(module)}
  holdDataDirectory(process.argv[2] ?? '').announceAddress('http://127.0.0.1:8080')
  process.send('held')
  setInterval(() => {}, 60_000)
`

/** Another process that holds the directory until it is ended. */
async function holdElsewhere(): Promise<ChildProcess & { readonly pid: number }> {
  const script = `data:text/javascript,${encodeURIComponent(holdForever)}`
  const runner = fileURLToPath(new URL('./data-directory.ts', import.meta.url))
  const child = fork(runner, [dataDir], { execArgv: ['--import', script], stdio: 'pipe' })
  await once(child, 'message')
  // A child that has sent a message was spawned, so it has a pid.
  return child as ChildProcess & { readonly pid: number }
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

it('A second process is refused, and told who holds the directory and where it answers', async () => {
  const holder = await holdElsewhere()
  try {
    assert.throws(
      () => holdDataDirectory(dataDir),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error)
        assert.equal(error.code, 'DATA_DIRECTORY_IN_USE')
        assert.match(
          error.message,
          new RegExp(`held by process ${holder.pid} on ${hostname()} since .*http://127.0.0.1:8080`),
        )
        return true
      },
    )
    assert.equal(readHolder(dataDir)?.pid, holder.pid)
    assert.equal(readHolder(dataDir)?.address, 'http://127.0.0.1:8080')
  } finally {
    await end(holder)
  }
})

it('A process that was stopped still holds; one that was killed does not', async () => {
  const holder = await holdElsewhere()
  try {
    holder.kill('SIGSTOP')
    await stopped(holder.pid)
    assert.throws(() => holdDataDirectory(dataDir), { code: 'DATA_DIRECTORY_IN_USE' })
    assert.equal(readHolder(dataDir)?.pid, holder.pid)
  } finally {
    await end(holder)
  }
  assert.ok(existsSync(join(dataDir, 'holder.json')), 'a killed process cannot tidy up')
  assert.equal(readHolder(dataDir), undefined)
  holdDataDirectory(dataDir).release()
})

it('The same process is refused as well, and the directory is free after release', () => {
  const held = holdDataDirectory(dataDir)
  try {
    assert.throws(() => holdDataDirectory(dataDir), { code: 'DATA_DIRECTORY_IN_USE' })
    assert.equal(readHolder(dataDir)?.pid, process.pid)
    assert.equal(readHolder(dataDir)?.address, undefined)
  } finally {
    held.release()
  }
  assert.equal(readHolder(dataDir), undefined)
  assert.equal(readHolder(join(dataDir, 'nowhere')), undefined)
})

/** The signal is delivered in its own time; the kernel says when it has been. Where it does not say, there is nothing to wait for. */
async function stopped(pid: number): Promise<void> {
  if (process.platform !== 'linux') return
  const state = () => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0]
  while (state() !== 'T') await nextTurn()
}
