/** Opens payloads for an operator who reads them in Temporal's own pages: Temporal's protocol for a codec that is asked over HTTP. */
import type { Payload, PayloadCodec } from '@temporalio/common'
import { sealedFor } from './payload-codec.ts'

/** A payload as JSON: all bytes as base64. */
export interface PlainPayload {
  readonly metadata?: Readonly<Record<string, string>> | undefined
  readonly data?: string | undefined
}

/** Whether the run may be read by whoever asks. */
export type MayRead = (run: string) => Promise<boolean>

/**
 * As many as were given, in their order. What was sealed for no run, for one that may not be read, or with a key that is not here is
 * answered as it came. `onOpened` is told each run before anything of it is given out.
 */
export async function openPayloads(
  payloads: readonly PlainPayload[],
  { codec, mayRead, onOpened }: { codec: PayloadCodec; mayRead: MayRead; onOpened: (run: string) => Promise<void> },
): Promise<readonly PlainPayload[]> {
  const asked = payloads.map((plain) => {
    const sealed = fromPlain(plain)
    return { plain, sealed, run: runOf(sealed) }
  })
  const runs = new Set(asked.flatMap(({ run }) => run ?? []))
  const readable = new Set<string>()
  for (const run of runs) if (await mayRead(run)) readable.add(run)
  const told = new Set<string>()
  const opened: PlainPayload[] = []
  for (const { plain, sealed, run } of asked) {
    const clear = run === undefined || !readable.has(run) ? undefined : await openOne(codec, sealed)
    if (run !== undefined && clear !== undefined && !told.has(run)) {
      await onOpened(run)
      told.add(run)
    }
    opened.push(clear === undefined ? plain : toPlain(clear))
  }
  return opened
}

/** A workflow is called `<run>.<epoch>`. */
const runOf = (sealed: Payload): string | undefined => sealedFor(sealed)?.replace(/\.\d+$/, '')

/** Undefined: another key, or somebody has changed it. Whoever reads it sees that it is still sealed. */
async function openOne(codec: PayloadCodec, sealed: Payload): Promise<Payload | undefined> {
  try {
    const [clear] = await codec.decode([sealed])
    return clear
  } catch {
    return undefined
  }
}

const fromPlain = ({ metadata = {}, data }: PlainPayload): Payload => ({
  metadata: Object.fromEntries(Object.entries(metadata).map(([name, of]) => [name, Buffer.from(of, 'base64')])),
  ...(data === undefined ? {} : { data: Buffer.from(data, 'base64') }),
})

const toPlain = ({ metadata, data }: Payload): PlainPayload => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, of]) => [name, base64(of)])),
  ...(data === undefined || data === null ? {} : { data: base64(data) }),
})

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
