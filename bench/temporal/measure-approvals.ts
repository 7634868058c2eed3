import { type Figures, pace, warmUp } from '../measure.ts'
import { middleOf } from '../measuring/rounds.ts'
import type { Case, Figure, Progress, TemporalServer } from '../scenarios/scenario.ts'
import { openApprovals } from '../world/open-approvals.ts'
import { openApprovalsByHand } from './approvals-by-hand.ts'
import { bundle, quietRuntime } from './on-temporal.ts'
import { openServer } from './server.ts'

const CONCURRENT = 20
const ROUNDS = 3
/** How many approvals a round. */
const MANY = 40
const ALONE = 5

type Tell = (share: number) => void

/** One after another, as each has a product, or a worker, and vendors of its own. */
export async function measureApprovals(
  of: Case,
  server: TemporalServer,
  progress: Progress,
): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  const { address, client } = await openServer(server, opened)
  const onTemporal = { SIJIL_ENGINE: 'temporal', SIJIL_TEMPORAL_ADDRESS: address }
  const all = [
    { name: 'the local engine', open: productWith({}) },
    { name: 'Sijil on Temporal', open: productWith(onTemporal) },
    {
      name: 'by hand on Temporal',
      open: async (_: Case, stack: AsyncDisposableStack) => {
        quietRuntime()
        return openApprovalsByHand(address, client, await bundle(), stack)
      },
    },
  ] as const
  const figures: Figure[] = []
  for (const [index, { name, open }] of all.entries()) {
    await using stack = new AsyncDisposableStack()
    const run = await open(of, stack)
    const tell: Tell = (share) => progress((index + share) / all.length, name)
    figures.push(...(await measured(name, run, of.isQuick, tell)))
  }
  return figures
}

const productWith =
  (environment: Readonly<Record<string, string>>) =>
  async (of: Case, stack: AsyncDisposableStack): Promise<() => Promise<void>> => {
    const approvals = await openApprovals(of, stack, environment)
    return () => approvals.run()
  }

async function measured(
  name: string,
  run: () => Promise<void>,
  isQuick: boolean,
  tell: Tell,
): Promise<readonly Figure[]> {
  const [rounds, many, alone] = isQuick
    ? [1, { runs: 2, concurrent: 2 }, { runs: 1, concurrent: 1 }]
    : [ROUNDS, { runs: MANY, concurrent: CONCURRENT }, { runs: ALONE, concurrent: 1 }]
  await warmUp(many, run)
  const paces: { readonly together: Figures; readonly single: Figures }[] = []
  for (let round = 0; round < rounds; round += 1) {
    tell((round + 1) / (rounds + 1))
    paces.push({ together: await pace(many, run), single: await pace(alone, run) })
  }
  return [
    middleOf(
      `${name}, approvals at ${CONCURRENT} concurrent`,
      'approvals/s',
      paces.map(({ together }) => together.perSecond),
    ),
    middleOf(
      `${name}, one of ${CONCURRENT}, p50`,
      'ms',
      paces.map(({ together }) => together.p50Ms),
    ),
    middleOf(
      `${name}, one alone, p50`,
      'ms',
      paces.map(({ single }) => single.p50Ms),
    ),
    middleOf(
      `${name}, one alone, longest`,
      'ms',
      paces.map(({ single }) => single.p99Ms),
    ),
  ]
}
