/** Puts documents of a megabyte into the folder that its argument names, and says each reference once it is kept. */
import { randomBytes } from 'node:crypto'
import { configure } from '../../src/connectors/configured-connector.ts'
import { noLedger } from '../support/no-database.ts'
import { folder } from '../../src/connectors/folder/connector.ts'

const put = configure(folder, { directory: process.argv[2] ?? '' }).operations['put']
for (let turn = 0; ; turn += 1) {
  const kept = await put?.run(
    { folder: 'run-41', mediaType: 'text/plain', contentBase64: randomBytes(1_000_000).toString('base64') },
    {
      mode: 'make',
      tenant: 'demo',
      key: `run-41/file#${turn}`,
      now: Date.now(),
      deadline: Date.now() + 60_000,
      abort: new AbortController().signal,
      begin: () => {},
      sightings: async () => [],
    },
    noLedger(),
  )
  process.stdout.write(`${JSON.stringify(kept)}\n`)
}
