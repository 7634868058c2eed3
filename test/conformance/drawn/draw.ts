import type { Fault } from '../../../src/testing/index.ts'
import type { Random } from '../../simulation/random.ts'
import { type Part, type Plain, plain } from './flow.ts'

export interface Drawn {
  readonly parts: readonly Part[]
  /** What the calls of an effect meet, by its key: at the same point whatever the branches beside it do. */
  readonly faults: Readonly<Record<string, readonly Fault[]>>
}

/**
 * A flow, and the faults that its calls meet. Chance decides only what we draw: branches that run side by side wait for different
 * things, no two deadlines are one, and nothing ends a run while a branch beside it is at work, since which of two things comes
 * first is nowhere told.
 */
export function draw(random: Random): Drawn {
  let apart = 0
  /** No two are the same, and no sum of few is another. */
  const length = (): number => {
    apart += 1
    return 100 * random.whole(1, 1_000) + 7 * apart
  }
  const waits = {
    hear: (): Part => ({ do: random.chance(0.7) ? 'hear' : 'remind', seconds: length() }),
    gate: (): Part => ({ do: random.chance(0.6) ? 'consult' : 'board' }),
    sleep: (): Part => ({ do: 'sleep', seconds: length() }),
  } as const
  const some = (most: number): readonly Part[] =>
    Array.from({ length: random.whole(0, most) }, () => ({ do: random.pick(plain) }))

  function branches(kinds: readonly (keyof typeof waits)[], depth: number): Part {
    const made = kinds.map((kind) => {
      const wait = depth > 0 && kind === 'gate' && random.chance(0.4) ? branches(['gate', 'sleep'], 0) : waits[kind]()
      return [...some(2), wait, ...some(1)]
    })
    return { do: random.chance(0.5) ? 'all' : 'race', branches: made }
  }

  function part(): Part {
    const kind = random.fraction()
    if (kind < 0.45) return { do: random.pick(plain) }
    if (kind < 0.52) return { do: 'catch', step: random.pick(faulty) }
    if (kind < 0.58) return { do: 'offer' }
    if (kind < 0.64) return waits.gate()
    if (kind < 0.72) return waits.hear()
    if (kind < 0.78) return waits.sleep()
    return branches(
      random.pick([
        ['hear', 'gate'],
        ['gate', 'sleep'],
        ['hear', 'gate', 'sleep'],
      ] as const),
      1,
    )
  }

  const parts = Array.from({ length: random.whole(1, 5) }, part)
  const end = random.fraction()
  if (end < 0.2) parts.push({ do: 'abandon' })
  else if (end < 0.4) parts.push({ do: random.chance(0.5) ? 'signed' : 'seal' }, ...some(1), waits.gate())
  return { parts, faults: Object.fromEntries(faultsIn(parts, random)) }
}

/** Vendors of these can be made to fail. */
const faulty = ['enlist', 'mail', 'chat', 'sign', 'tell'] as const satisfies readonly Plain[]
const passing = [['busy'], ['busy', 'busy'], ['lost before acting'], ['lost after acting']] as const
const failing = [['refuse'], ['busy', 'busy', 'busy']] as const

/** A third of the calls outside branches, and of their undoing, meet something; within branches it passes. */
function* faultsIn(parts: readonly Part[], random: Random): Generator<readonly [string, readonly Fault[]]> {
  const seen = new Map<string, number>()
  for (const [key, isAlone] of keysIn(parts, '', seen)) {
    if (random.chance(0.25)) yield [key, random.pick(isAlone ? [...passing, ...failing] : passing)]
    // Undo goes in reverse order of start, and which of two branches started first is chance.
    if (isAlone && random.chance(0.1)) yield [`undo ${key}`, random.pick(passing)]
  }
}

/** Keys that effects may have: steps count in their branch, and branches at their place in the flow. */
function* keysIn(
  parts: readonly Part[],
  path: string,
  seen: Map<string, number>,
): Generator<readonly [key: string, isAlone: boolean]> {
  const next = (name: string): string => {
    const count = (seen.get(`${path}${name}`) ?? 0) + 1
    seen.set(`${path}${name}`, count)
    return count === 1 ? `${path}${name}` : `${path}${name}#${count}`
  }
  for (const part of parts) {
    if (part.do === 'all' || part.do === 'race') {
      for (const [index, branch] of part.branches.entries()) yield* keysIn(branch, `${next(`b${index + 1}`)}/`, seen)
    } else {
      const name = part.do === 'catch' ? part.step : part.do
      const key = next(name)
      if (faulty.some((one) => one === name)) yield [key, path === '']
    }
  }
}
