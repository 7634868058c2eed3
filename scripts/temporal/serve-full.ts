/**
 * `npm run temporal:full [-- <command>]`: Temporal's full server on Postgres, on this machine. With a command it runs that with
 * `TEMPORAL_ADDRESS` and `SIJIL_TEMPORAL_ADDRESS` set, such as `npm run temporal:full -- npm run test:temporal`, and ends as it ends;
 * without one it stays until Ctrl-C. Its state goes with it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startFullServer } from './full-server.ts'

const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const [command, ...words] = process.argv.slice(2)
const server = await startFullServer()
try {
  process.exitCode = command === undefined ? await untilAsked() : await run(command)
} finally {
  await server.stop()
}

async function untilAsked(): Promise<number> {
  console.log(`Temporal's full server listens at ${server.address}. Ctrl-C stops it and removes its state.`)
  const stopped = await Promise.race([asked.then(() => 'asked'), once(server.child, 'exit').then(() => 'ended')])
  if (stopped === 'asked') return 0
  console.error("Temporal's full server has ended by itself.")
  return 1
}

async function run(program: string): Promise<number> {
  const { address } = server
  const env = { ...process.env, TEMPORAL_ADDRESS: address, SIJIL_TEMPORAL_ADDRESS: address }
  const child = spawn(program, words, { stdio: 'inherit', env })
  void asked.then(() => child.kill('SIGTERM'))
  await once(child, 'exit')
  return child.exitCode ?? 1
}
