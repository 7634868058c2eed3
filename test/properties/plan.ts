/** What a flow does, as data: drawn at random, given to a run as its input, and carried out by one generic workflow. */
import fc from 'fast-check'

/** `label` names a part in its plan; nothing else has it. */
export type Part =
  | { readonly does: 'look' | 'keep' | 'save' | 'sign' | 'commit' | 'sleep' | 'hang'; readonly label: number }
  | { readonly does: 'open' | 'tell'; readonly label: number; readonly fails: boolean }
  | { readonly does: 'gate'; readonly label: number; readonly verdict: Verdict }
  | { readonly does: 'wait'; readonly label: number; readonly word: Word; readonly reminds: boolean }
  | { readonly does: 'abandon'; readonly label: number }
  | { readonly does: 'all' | 'each' | 'race'; readonly label: number; readonly branches: readonly Plan[] }
  | { readonly does: 'choose' | 'attempt'; readonly label: number; readonly branches: readonly [Plan, Plan] }
export type Plan = readonly Part[]
export type Verdict = 'approve' | 'return' | 'reject' | 'silence'
export type Word = 'early' | 'late' | 'never'

type Drawn = { readonly [Field in keyof Part as Exclude<Field, 'label'>]: Part[Field] } & {
  readonly branches?: readonly (readonly Drawn[])[]
}

/** As many signals as a plan may wait for: each wait has one of its own. */
export const SIGNALS_MAX = 40

const inside = fc.constantFrom<Drawn>({ does: 'look' }, { does: 'keep' })
const outside = fc.constantFrom<Drawn>({ does: 'save' }, { does: 'sign' })
const sleep = fc.constant<Drawn>({ does: 'sleep' })
const mail = (fails: fc.Arbitrary<boolean>) =>
  fc.record({ does: fc.constantFrom('open' as const, 'tell' as const), fails })
const wait = fc.record({
  does: fc.constant('wait' as const),
  word: fc.constantFrom<Word>('early', 'late', 'never'),
  reminds: fc.boolean(),
})
const gate = (...verdicts: readonly Verdict[]) =>
  fc.record({ does: fc.constant('gate' as const), verdict: fc.constantFrom(...verdicts) })

function plans(leaf: fc.Arbitrary<Drawn>): fc.Arbitrary<readonly Drawn[]> {
  const { plan } = fc.letrec<{ plan: readonly Drawn[]; part: Drawn }>((tie) => {
    const some = fc.array(tie('plan'), { minLength: 2, maxLength: 3 })
    const two = fc.tuple(tie('plan'), tie('plan'))
    const parallel = fc.record({
      does: fc.constantFrom('all' as const, 'each' as const, 'race' as const),
      branches: some,
    })
    const either = fc.record({ does: fc.constantFrom('choose' as const, 'attempt' as const), branches: two })
    return {
      part: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'plan' },
        { arbitrary: leaf, weight: 6 },
        { arbitrary: parallel, weight: 3 },
        { arbitrary: either, weight: 1 },
      ),
      plan: fc.array(tie('part'), { maxLength: 4, depthIdentifier: 'plan' }),
    }
  })
  return plan
}

/** Gives every part its label. Deterministic, so that a plan shrinks as it was drawn. */
function labelled(drawn: readonly Drawn[]): Plan {
  let labels = 0
  const label = (parts: readonly Drawn[]): Plan =>
    parts.map(({ branches, ...part }) => {
      labels += 1
      const own = labels
      // A drawn part with its label and its labelled branches is a part.
      return { ...part, label: own, ...(branches === undefined ? {} : { branches: branches.map(label) }) } as Part
    })
  return label(drawn)
}

export function* partsOf(plan: Plan): Generator<Part> {
  for (const part of plan) {
    yield part
    if ('branches' in part) for (const branch of part.branches) yield* partsOf(branch)
  }
}

const small = (plan: Plan): boolean => [...partsOf(plan)].every(({ label }) => label <= SIGNALS_MAX)

/** Anything may fail, win a race, be rejected or commit the run to go on, at any time. */
export const wildPlans: fc.Arbitrary<Plan> = plans(
  fc.oneof(
    { arbitrary: inside, weight: 3 },
    { arbitrary: outside, weight: 4 },
    { arbitrary: mail(fc.boolean()), weight: 4 },
    { arbitrary: gate('approve', 'return', 'reject', 'silence'), weight: 2 },
    { arbitrary: wait, weight: 2 },
    { arbitrary: sleep, weight: 1 },
    { arbitrary: fc.constant<Drawn>({ does: 'commit' }), weight: 1 },
    { arbitrary: fc.constant<Drawn>({ does: 'abandon' }), weight: 1 },
  ),
)
  .map(labelled)
  .filter(small)

/**
 * Ends the same whatever the interleaving: of a race only the first branch can come to its end, and at most one part fails,
 * outside every branch that must lose.
 */
export const tamePlans: fc.Arbitrary<Plan> = fc
  .tuple(
    plans(
      fc.oneof(
        { arbitrary: inside, weight: 3 },
        { arbitrary: outside, weight: 4 },
        { arbitrary: mail(fc.constant(false)), weight: 4 },
        { arbitrary: gate('approve', 'return', 'silence'), weight: 2 },
        { arbitrary: wait, weight: 2 },
        { arbitrary: sleep, weight: 1 },
      ),
    ).map((drawn) => labelled(drawn.map(tamed))),
    fc.option(fc.nat()),
  )
  .map(([plan, index]) => (index === null ? plan : withFailure(plan, index)))
  .filter(small)

function tamed(part: Drawn): Drawn {
  if (part.branches === undefined) return part
  const branches = part.branches.map((branch) => branch.map(tamed))
  if (part.does === 'choose') return { does: 'attempt', branches } // chance differs from run to run
  if (part.does !== 'race') return { ...part, branches }
  return { ...part, branches: branches.map((branch, index) => (index === 0 ? branch : [...branch, { does: 'hang' }])) }
}

/** Makes one of the parts that may fail do so. */
function withFailure(plan: Plan, index: number): Plan {
  const candidates = [...mayFail(plan)]
  const chosen = candidates[index % Math.max(1, candidates.length)]
  const change = (parts: Plan): Plan =>
    parts.map((part) => {
      if (part.label === chosen) {
        if (part.does === 'open' || part.does === 'tell') return { ...part, fails: true }
        if (part.does === 'gate') return { ...part, verdict: 'reject' }
        return { does: 'abandon', label: part.label }
      }
      // The branches stay as many as they were.
      return 'branches' in part ? ({ ...part, branches: part.branches.map(change) } as Part) : part
    })
  return change(plan)
}

function* mayFail(plan: Plan): Generator<number> {
  for (const part of plan) {
    if (!('branches' in part)) yield part.label
    else for (const branch of part.does === 'race' ? part.branches.slice(0, 1) : part.branches) yield* mayFail(branch)
  }
}
