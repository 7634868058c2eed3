import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { sha256Of } from '../../src/connectors/document-name.ts'

const program = fileURLToPath(new URL('./put-until-killed.ts', import.meta.url))
const Kept = z.object({ reference: z.string(), sha256: z.string() })

test('a folder of documents killed while it writes has what it said was kept, and nothing by halves', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sijil-documents-'))
  t.after(() => rm(directory, { recursive: true }))
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(Kept.parse(JSON.parse(line)).sha256)
    if (said.length === 12) child.kill('SIGKILL')
  }
  const place = join(directory, 'demo', 'run-41')
  const names = (await readdir(place)).filter((name) => !name.endsWith('.part'))
  assert.ok(said.length >= 12)
  assert.deepEqual(
    said.filter((sha256) => !names.includes(sha256)),
    [],
  )
  for (const name of names) assert.equal(sha256Of(await readFile(join(place, name))), name)
})
