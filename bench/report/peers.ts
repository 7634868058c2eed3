import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'

/** One line of the figures of another engine on this machine. */
const Peer = z.object({ peer: z.string(), version: z.string(), at50: z.object({ perSecond: z.number() }) })
export type Peer = z.infer<typeof Peer>

const file = new URL('../peers/results.jsonl', import.meta.url)

/** What `npm start -- --json > results.jsonl` in `bench/peers` said, one JSON object a line; none before that. */
export function peers(): readonly Peer[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => Peer.parse(JSON.parse(line)))
}
