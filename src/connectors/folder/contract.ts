import { isAbsolute, resolve } from 'node:path'
import { setting } from '../connector.ts'
import { text } from '../setting-kinds.ts'

export const settings = {
  directory: setting({
    env: 'SIJIL_DOCUMENTS_FOLDER',
    secret: false,
    title: { en: 'Folder in which documents are kept', ar: 'المجلد الذي تحفظ فيه الوثائق' },
    schema: text
      .refine(isAbsolute, { error: 'must be a path from the root' })
      // Who starts a whole installation puts it beside the other data.
      .default(() => resolve('.sijil', 'documents')),
  }),
}
