/** How far the organisation is with durable workflows on Temporal, as far as the code can tell. */
import { isOutside } from '../flow/effect.ts'
import type { Workflow } from '../flow/workflow.ts'
import type { Catalogue } from './catalogue.ts'
import type { Words } from './words.ts'

/** A phase takes along what the ones before it have. */
export interface AdoptionPhase {
  readonly name: 'spike' | 'pilot' | 'production' | 'expansion'
  readonly title: Words
  readonly workflows: readonly PhaseWorkflow[]
  /** `ready`: all of its workflows are built, and the cluster can drive them. Whether anybody does is not in the code. */
  readonly state: 'ready' | 'not built'
}

export interface PhaseWorkflow {
  readonly name: string
  readonly title: Words
  /** Its versions that Temporal's sandbox has; none: it is not built. */
  readonly versions: readonly number[]
}

/** Something that must hold before a phase goes into production, and where that is shown. */
export interface Prerequisite {
  readonly title: Words
  /** Undefined: nothing in this repository can show it. */
  readonly proof: Proof | undefined
}

/** A test by its name, or words that a page has. */
export interface Proof {
  readonly file: string
  readonly holds: string
  /** What repeats it. */
  readonly command: string
}

/** What Temporal is told to do for a step, and how the step is taken back. */
export interface StepOnTemporal {
  readonly workflow: string
  readonly step: string
  readonly title: Words
  /** `activity`: of its own, under the step's name; `beside the flow`: in a local activity. */
  readonly made: 'activity' | 'beside the flow'
  readonly undo: 'undo' | 'nothing to undo' | { readonly cannotBeUndone: string }
}

export interface Adoption {
  readonly phases: readonly AdoptionPhase[]
  readonly prerequisites: readonly Prerequisite[]
  readonly steps: readonly StepOnTemporal[]
}

export interface AdoptionParts {
  readonly catalogue: Catalogue
  readonly workflows: readonly Workflow[]
  /** `name@version` of every flow that the sandbox has. */
  readonly flows: readonly string[]
}

const PHASES: readonly (Pick<AdoptionPhase, 'name' | 'title'> & { readonly adds: readonly string[] })[] = [
  { name: 'spike', title: { en: 'Spike', ar: 'التجربة الأولى' }, adds: ['partner-approval'] },
  { name: 'pilot', title: { en: 'Pilot', ar: 'التطبيق التجريبي' }, adds: ['due-diligence-room'] },
  { name: 'production', title: { en: 'Production', ar: 'الإنتاج' }, adds: ['signature'] },
  {
    name: 'expansion',
    title: { en: 'Expansion', ar: 'التوسع' },
    adds: ['ma-offer', 'geographic-expansion', 'post-merger-integration'],
  },
]

const ON_TEMPORAL = 'npm run test:temporal'
const SERVED = 'test/end-to-end/partner-approval.temporal.ts'
const OUTLIVES_KILLS = {
  file: SERVED,
  holds: 'goes on after Sijil is killed, and after Temporal was away while people decided',
  command: ON_TEMPORAL,
} as const

const PREREQUISITES: readonly Prerequisite[] = [
  {
    title: { en: 'A Temporal server that starts and comes back', ar: 'خادم Temporal يعمل ويعود بعد التوقف' },
    proof: OUTLIVES_KILLS,
  },
  {
    title: { en: 'Workers: every `sijil serve` beside a cluster is one', ar: 'العمّال: كل خادم سجل بجوار العنقود عامل' },
    proof: OUTLIVES_KILLS,
  },
  {
    title: { en: "Workers deployed in the organisation's own environment", ar: 'نشر العمّال في بيئة المنشأة' },
    proof: undefined,
  },
  {
    title: { en: 'Flows mapped to activities', ar: 'ربط خطوات المسارات بالأنشطة' },
    proof: {
      file: 'src/workflows/flows.test.ts',
      holds: 'the sandbox has the flow of every workflow, and no other',
      command: 'npm test',
    },
  },
  {
    title: { en: 'Every construct behaves as on the local engine', ar: 'سلوك كل بنية مطابق للمحرك المحلي' },
    proof: { file: 'docs/conformance.md', holds: '| Temporal, Postgres |', command: ON_TEMPORAL },
  },
  {
    title: { en: 'Monitoring wired: health, metrics, search', ar: 'المراقبة موصولة: الصحة والمقاييس والبحث' },
    proof: {
      file: SERVED,
      holds: 'an operator finds the run in Temporal by tenant, workflow and what it waits for',
      command: ON_TEMPORAL,
    },
  },
  {
    title: {
      en: 'Traces of runs reach a collector, without what anybody wrote',
      ar: 'آثار التشغيل تصل إلى المُجمِّع دون ما كتبه الأشخاص',
    },
    proof: {
      file: 'test/end-to-end/traces.temporal.ts',
      holds: 'has every step of a run beneath its stay on Temporal, and that beneath its start',
      command: ON_TEMPORAL,
    },
  },
  {
    title: { en: 'Compensation documented for each workflow', ar: 'توثيق التراجع لكل مسار عمل' },
    proof: { file: 'docs/temporal-adoption.md', holds: '## Steps and how they are taken back', command: 'npm test' },
  },
  {
    title: { en: 'Decision record written', ar: 'كتابة سجل القرار' },
    proof: {
      file: 'docs/adr/0020-temporal-calls-the-flow-the-ledger-remembers.md',
      holds: '## Decision',
      command: 'npm test',
    },
  },
  {
    title: { en: 'Decision record approved by the organisation', ar: 'اعتماد المنشأة لسجل القرار' },
    proof: undefined,
  },
]

export const adoptionOf = ({ catalogue, workflows, flows }: AdoptionParts): Adoption => ({
  phases: PHASES.map(({ name, title, adds }) => {
    const all = adds.map((workflow) => phaseWorkflow(workflow, catalogue, flows))
    return {
      name,
      title,
      workflows: all,
      state: all.every(({ versions }) => versions.length > 0) ? 'ready' : 'not built',
    }
  }),
  prerequisites: PREREQUISITES,
  steps: workflows.flatMap(stepsOf),
})

/** Throws a `RangeError` when the inventory knows no such workflow. */
function phaseWorkflow(name: string, catalogue: Catalogue, flows: readonly string[]): PhaseWorkflow {
  const entry = catalogue.find((one) => one.name === name)
  if (entry === undefined) throw new RangeError(`the inventory has no workflow ${name}`)
  const versions = flows
    .filter((flow) => flow.startsWith(`${name}@`))
    .map((flow) => Number(flow.slice(name.length + 1)))
  return { name, title: entry.title, versions: entry.status.kind === 'built' ? versions : [] }
}

const stepsOf = ({ contract, steps }: Workflow): readonly StepOnTemporal[] =>
  Object.entries(steps).map(([step, { title, effect, reversal }]) => ({
    workflow: contract.name,
    step,
    title,
    made: isOutside(effect) ? 'activity' : 'beside the flow',
    undo:
      reversal.kind === 'irreversible'
        ? { cannotBeUndone: reversal.reason }
        : reversal.kind === 'undo'
          ? 'undo'
          : 'nothing to undo',
  }))
