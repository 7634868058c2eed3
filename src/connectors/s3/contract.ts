import { z } from 'zod'
import { setting } from '../connector.ts'
import { text, vendorUrl } from '../setting-kinds.ts'

export const settings = {
  url: setting({
    env: 'SIJIL_S3_URL',
    secret: false,
    title: {
      en: 'Address of the store; without it Amazon in the region',
      ar: 'عنوان المخزن، وبدونه أمازون في المنطقة المحددة',
    },
    schema: vendorUrl.optional(),
  }),
  region: setting({
    env: 'SIJIL_S3_REGION',
    secret: false,
    title: { en: 'Region', ar: 'المنطقة' },
    schema: text.regex(/^[a-z0-9-]+$/, 'must look like me-central-1'),
  }),
  bucket: setting({
    env: 'SIJIL_S3_BUCKET',
    secret: false,
    title: { en: 'Bucket', ar: 'الحاوية' },
    schema: text.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  }),
  prefix: setting({
    env: 'SIJIL_S3_PREFIX',
    secret: false,
    title: { en: 'What the name of every object begins with', ar: 'ما يبدأ به اسم كل ملف' },
    schema: z
      .string()
      .regex(/^([A-Za-z0-9_-]+\/)+$/, 'must be names with a / after each')
      .default('sijil/'),
  }),
  accessKeyId: setting({
    env: 'SIJIL_S3_ACCESS_KEY_ID',
    secret: false,
    title: { en: 'Id of the access key', ar: 'معرف مفتاح الوصول' },
    schema: text,
  }),
  secretAccessKey: setting({
    env: 'SIJIL_S3_SECRET_ACCESS_KEY',
    secret: true,
    title: { en: 'Secret of the access key', ar: 'سر مفتاح الوصول' },
    schema: text,
  }),
}

/** Metadata of an object (`x-amz-meta-…`): the effect that wrote it, and the digest for stores without checksums. */
export const metadata = { key: 'sijil-key', sha256: 'sijil-sha256' } as const

/** All metadata of an object may have 2 KB. */
export const LONGEST_KEY = 1_000

/** `ETag` comes with every answer to a write; the checksum only from stores that know it. */
export const Written = z.object({ ETag: z.string().min(1), ChecksumSHA256: z.string().optional() })
export const Described = z.object({
  ContentLength: z.number(),
  ChecksumSHA256: z.string().optional(),
  Metadata: z.record(z.string(), z.string()).optional(),
})
