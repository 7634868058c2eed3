import { z } from 'zod'
import { setting } from '../connector.ts'
import { text, vendorUrl } from '../setting-kinds.ts'

/** There is no default address: facts go nowhere until somebody has named the place. */
export const settings = {
  url: setting({
    env: 'SIJIL_LLM_URL',
    secret: false,
    title: { en: 'Address of the provider, with its version', ar: 'عنوان المزود مع إصداره' },
    schema: text.pipe(vendorUrl),
  }),
  apiKey: setting({
    env: 'SIJIL_LLM_KEY',
    secret: true,
    title: { en: 'Key', ar: 'المفتاح' },
    schema: text,
  }),
  model: setting({
    env: 'SIJIL_LLM_MODEL',
    secret: false,
    title: { en: 'Model for decisions', ar: 'نموذج القرارات' },
    schema: text,
  }),
  embeddingModel: setting({
    env: 'SIJIL_LLM_EMBEDDING_MODEL',
    secret: false,
    title: { en: 'Model for vectors; without it none are made', ar: 'نموذج المتجهات، وبدونه لا تُنشأ' },
    schema: z.string().optional(),
  }),
}

const Usage = z.object({ prompt_tokens: z.number().default(0), completion_tokens: z.number().default(0) })

/** What we read of a completion beside what the SDK makes of it. */
export const ChatAnswer = z.object({
  model: z.string().optional(),
  system_fingerprint: z.string().nullish(),
  choices: z.tuple(
    [
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    ],
    z.unknown(),
  ),
  usage: Usage.nullish(),
})
export type ChatAnswer = z.infer<typeof ChatAnswer>

export const EmbeddingAnswer = z.object({
  model: z.string().optional(),
  data: z.array(z.object({ index: z.number(), embedding: z.array(z.number()) })),
  usage: Usage.nullish(),
})

export const ErrorBody = z.object({
  error: z.object({ code: z.union([z.string(), z.number()]).nullish(), type: z.string().nullish() }),
})
