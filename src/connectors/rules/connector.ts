import { EffectRefused } from '../../flow/failure.ts'
import { type Call, defineConnector } from '../connector.ts'
import { assertEmbeddable, digestOfJson, formOf } from '../llm-question.ts'
import type { Json, Provenance, Question } from '../systems.ts'
import { letterVector } from './letter-vector.ts'
import { ruleFor } from './rule-decider.ts'

const traits = {
  kind: 'reading',
  documentation: 'docs/connectors/rules.md',
  approval: 'A',
  timeoutMs: 5_000,
  rateLimit: { calls: 1_000, perMs: 1_000 },
  retry: { attempts: 3, firstWaitMs: 1_000, longestWaitMs: 10_000 },
} as const
const VERSION = '1'

/** Decides without any model, by the rules that a question brings along, and says so. Nothing leaves the process. */
export const rules = defineConnector({
  key: 'rules',
  builtIn: true,
  system: 'llm',
  displayName: { en: 'Rules instead of a model', ar: 'قواعد بدل النموذج' },
  version: VERSION,
  documentation: 'docs/connectors/rules.md',
  external: false,
  classification: 'restricted',
  personalData: [],
  processedIn: { en: 'In our own process', ar: 'داخل نظامنا' },
  settings: {},
  client: () => undefined,
  operations: {
    decide: {
      ...traits,
      title: { en: 'Decide by rules', ar: 'اتخاذ قرار بالقواعد' },
      auditEvent: 'llm.decided',
      read: decide,
    },
    embed: {
      ...traits,
      title: { en: 'Make vectors of texts by their letters', ar: 'تحويل النصوص إلى متجهات بحروفها' },
      auditEvent: 'llm.embedded',
      read: embed,
    },
  },
  health: async () => ({ state: 'up' }),
})

async function decide(question: Question, call: Call<undefined>) {
  formOf(question)
  const rule = ruleFor(question.rules, question.facts)
  if (rule === undefined)
    throw new EffectRefused(
      'NO_RULE_FITS',
      'No rule of the question fits the case, and no model is configured. Nothing was decided; add a rule without conditions.',
    )
  return { answer: rule.answer, provenance: provenanceOf(question, rule.answer, 'sijil-rules', call) }
}

async function embed({ texts }: { readonly texts: readonly string[] }, call: Call<undefined>) {
  assertEmbeddable(texts)
  const vectors = texts.map(letterVector)
  return { vectors, provenance: provenanceOf({ texts }, vectors, 'sijil-letters', call) }
}

const provenanceOf = (asked: unknown, answer: Json, model: string, { now }: Call<undefined>): Provenance => ({
  decider: 'rules',
  model,
  version: VERSION,
  at: now,
  askedSha256: digestOfJson(asked),
  answerSha256: digestOfJson(answer),
  tokens: { asked: 0, answered: 0 },
  tries: 1,
})
