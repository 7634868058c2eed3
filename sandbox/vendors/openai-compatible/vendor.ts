import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { answerCard } from './card.ts'
import { type Answered, llmNoes, llmOperations, type Saying } from './completions.ts'

const MODEL = 'sandbox-decider'
const EMBEDDING_MODEL = 'sandbox-embedder'

export const openAiCompatible = defineVendor({
  key: 'openai-compatible',
  name: { en: 'LLM provider', ar: 'مزود النموذج اللغوي' },
  // Its answers fit the form and mean nothing, so what nobody asked for is decided by rules.
  usual: false,
  open: ({ record, secrets, routes }) => {
    const { apiKey } = secrets(() => ({ apiKey: secret() }))
    const sayings: Saying[] = []
    const account = { hasQuota: true }
    const answers = () => record.collection<Answered>('answer').all()
    return {
      answers,
      apiKey,
      model: MODEL,
      embeddingModel: EMBEDDING_MODEL,
      /** What the model says next, one question after another. */
      say: (...next: readonly Saying[]) => {
        sayings.push(...next)
      },
      /** From now on there is no money left. */
      exhaustQuota: () => {
        account.hasQuota = false
      },
      routes: routes(llmOperations(record, { apiKey, models: [MODEL, EMBEDDING_MODEL], sayings, account }), llmNoes),
      settings: (url) => ({
        SIJIL_LLM_URL: `${url}/openai-compatible/v1`,
        SIJIL_LLM_KEY: apiKey,
        SIJIL_LLM_MODEL: MODEL,
        SIJIL_LLM_EMBEDDING_MODEL: EMBEDDING_MODEL,
      }),
      views: { answers },
      tab: {
        name: 'lookups',
        cards: (reader) => answers().map((answer) => ({ at: answer.at, markup: answerCard(answer, reader) })),
      },
    }
  },
})
