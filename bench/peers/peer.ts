/** A product under measurement, running. */
export interface Peer {
  readonly peer: string
  readonly version: string
  /** One whole run of the three steps: settles when its end is durable. */
  readonly run: () => Promise<void>
}

/** What the steps of `bench/three-steps.ts` carry. Nothing is sealed here: the peers have no such thing. */
export interface Count {
  readonly n: number
  readonly email: string
}

let runs = 0

export function nextInput(): Count {
  runs += 1
  return { n: 1, email: `person-${runs % 1_000}@example.com` }
}

/** The one step, without outside effect, that a run does three times. */
export async function add({ n, email }: Count): Promise<Count> {
  return { n: n + 1, email }
}

/** A peer that answers fast and wrong is not measured. */
export function assertEnd(end: unknown): void {
  const isEnd = typeof end === 'object' && end !== null && 'n' in end && end.n === 4
  if (!isEnd) throw new Error(`A run of the bench ended with ${JSON.stringify(end)} instead of n = 4.`)
}
