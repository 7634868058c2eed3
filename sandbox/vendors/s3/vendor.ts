import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { objectCard } from './card.ts'
import { s3Noes, s3Operations, type StoredObject } from './objects.ts'

const BUCKET = 'sijil-documents'

export const s3 = defineVendor({
  key: 's3',
  name: { en: 'Object store (S3)', ar: 'مخزن الملفات (S3)' },
  usual: true,
  terms: { 'object written': 'حُفظت وثيقة', 'object deleted': 'حُذفت وثيقة' },
  open: ({ record, secrets, routes }) => {
    const access = secrets(() => ({ id: 'AKIDSANDBOX', secret: secret() }))
    const habits = { honoursConditions: true, keepsForGood: false }
    const objects = () => record.collection<StoredObject>('object').all()
    return {
      objects,
      bucket: BUCKET,
      access,
      /** Some stores that speak the protocol write over what is there, whatever the condition says. */
      honourConditions: (honours: boolean) => {
        habits.honoursConditions = honours
      },
      /** From now on the policy of the bucket forbids to delete. */
      keepForGood: () => {
        habits.keepsForGood = true
      },
      routes: routes(s3Operations(record, { bucket: BUCKET, access, habits }), s3Noes),
      settings: (url) => ({
        SIJIL_S3_URL: `${url}/s3`,
        SIJIL_S3_REGION: 'me-central-1',
        SIJIL_S3_BUCKET: BUCKET,
        SIJIL_S3_ACCESS_KEY_ID: access.id,
        SIJIL_S3_SECRET_ACCESS_KEY: access.secret,
      }),
      views: { objects: () => objects().map(({ contentBase64: _bytes, ...object }) => object) },
      tab: {
        name: 'documents',
        cards: (reader) => objects().map((object) => ({ at: object.at, markup: objectCard(object, reader) })),
      },
    }
  },
})
