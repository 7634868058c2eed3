import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from '@temporalio/client'

const TRIES = 600
const APART_MS = 100

/** Waits until a server answers what it is asked. Throws, and ends it, when it does not within a minute or so, or ends by itself. */
export async function untilReady(
  address: string,
  child: ChildProcess,
  answers: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  let code: number | null | undefined
  child.once('exit', (exit) => {
    code = exit
  })
  for (let tries = 0; code === undefined && tries < TRIES; tries += 1) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 500 })
      try {
        await answers(connection)
        return
      } finally {
        await connection.close()
      }
    } catch {
      await delay(APART_MS)
    }
  }
  child.kill('SIGKILL')
  throw new Error(code === undefined ? 'Temporal did not come up within a minute' : `Temporal ended with ${code}`)
}
