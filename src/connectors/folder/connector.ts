import { EffectNotMade, EffectUnknown, SafeToRepeat } from '../../flow/failure.ts'
import { type Call, defineConnector, type Health, type SettingsOf } from '../connector.ts'
import { named, type NamedDocument, noSuchDocument, placeOf } from '../document-name.ts'
import type { DocumentReference, NewDocument } from '../systems.ts'
import { ContentFolder } from './content-folder.ts'
import { settings } from './contract.ts'

const traits = {
  documentation: 'docs/connectors/folder.md',
  approval: 'A',
  timeoutMs: 60_000,
  rateLimit: { calls: 1_000, perMs: 1_000 },
  retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
} as const

/** Documents as files of this machine, each under the digest of its bytes. */
export const folder = defineConnector({
  key: 'folder',
  system: 'documents',
  builtIn: true,
  displayName: { en: 'Folder of this machine', ar: 'مجلد على هذا الجهاز' },
  version: '1',
  documentation: 'docs/connectors/folder.md',
  external: false,
  classification: 'restricted',
  personalData: [],
  processedIn: { en: 'On this machine', ar: 'على هذا الجهاز' },
  settings,
  client: ({ directory }: SettingsOf<typeof settings>) => new ContentFolder(directory),
  operations: {
    put: {
      ...traits,
      kind: 'changing',
      title: { en: 'Keep a document', ar: 'حفظ وثيقة' },
      idempotency: 'external id',
      undoneBy: 'delete',
      auditEvent: 'documents.kept',
      make: put,
      probe: keptBefore,
    },
    get: {
      ...traits,
      kind: 'reading',
      title: { en: 'Read a document', ar: 'قراءة وثيقة' },
      auditEvent: 'documents.read',
      read: get,
    },
    exists: {
      ...traits,
      kind: 'reading',
      title: { en: 'Ask whether a document is there', ar: 'الاستعلام عن وجود وثيقة' },
      auditEvent: 'documents.asked',
      read: async (document, call) => ({ exists: (await bytesOf(document, call)) !== undefined }),
    },
    delete: {
      ...traits,
      kind: 'changing',
      title: { en: 'Delete a document', ar: 'حذف وثيقة' },
      idempotency: 'external id',
      undoneBy: { never: { en: 'It is itself what undoes a put', ar: 'هو نفسه ما يلغي الحفظ' } },
      auditEvent: 'documents.deleted',
      make: remove,
      probe: removedBefore,
    },
  },
  health: async (client): Promise<Health> => {
    try {
      await client.open()
      return { state: 'up' }
    } catch (cause) {
      const { code, message } = notNow(cause)
      return { state: 'down', code, message }
    }
  },
})

async function put(request: NewDocument, call: Call<ContentFolder>) {
  const document = named(request)
  if ((await bytesOf(document, call)) !== undefined) {
    call.begin()
    return answerOf(document)
  }
  const finish = await call.client.prepare(placeOf(call.tenant, document), document.bytes).catch(throwNotNow)
  call.begin()
  await finish().catch(throwUnknown)
  return answerOf(document)
}

/** A document that is not there may be put: the same bytes make no second one. */
async function keptBefore(request: NewDocument, call: Call<ContentFolder>) {
  const document = named(request)
  if ((await bytesOf(document, call)) === undefined) throw new SafeToRepeat('the folder has no such document')
  return answerOf(document)
}

const answerOf = ({ reference, sha256, bytes }: NamedDocument) => ({ reference, sha256, bytes: bytes.length })

async function get(document: DocumentReference, call: Call<ContentFolder>) {
  const bytes = await bytesOf(document, call)
  if (bytes === undefined) throw noSuchDocument()
  return { contentBase64: bytes.toString('base64') }
}

async function remove(document: DocumentReference, call: Call<ContentFolder>) {
  const place = placeOf(call.tenant, document)
  call.begin()
  await call.client.remove(place).catch(throwUnknown)
  return { reference: document.reference }
}

async function removedBefore(document: DocumentReference, call: Call<ContentFolder>) {
  if ((await bytesOf(document, call)) !== undefined) throw new SafeToRepeat('the document is still there')
  return { reference: document.reference }
}

const bytesOf = (document: DocumentReference, { client, tenant }: Call<ContentFolder>) =>
  client.read(placeOf(tenant, document), document.sha256).catch(throwNotNow)

/** Disk full, no rights, device gone: names the system's code only, as its message names paths. */
function notNow(cause: unknown): EffectNotMade {
  const code = systemCode(cause)
  return new EffectNotMade(
    'FOLDER_UNUSABLE',
    `The folder of documents cannot be used (${code}). Nothing was changed.`,
    {
      cause,
    },
  )
}

function throwNotNow(cause: unknown): never {
  if (systemCode(cause) === undefined) throw cause
  throw notNow(cause)
}

function throwUnknown(cause: unknown): never {
  throw new EffectUnknown(
    'MAY_NOT_LAST',
    `The folder of documents failed at the last step (${systemCode(cause) ?? 'no code'}). It may have acted; look there before trying again.`,
    { cause },
  )
}

/** `ENOSPC`, `EACCES`, …; undefined for an error that is not the system's. */
const systemCode = (cause: unknown): string | undefined =>
  cause instanceof Error && 'syscall' in cause && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined
