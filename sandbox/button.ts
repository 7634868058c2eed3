import { z } from 'zod'
import { type Incoming, jsonOf, type Reply, type Route } from './http-server.ts'

/** A button of the page: does it and leads a browser back. A form that does not fit is answered with 400. */
export const action = (path: string, act: (incoming: Incoming) => void | Promise<void>): Route => ({
  method: 'POST',
  path,
  answer: async (incoming): Promise<Reply> => {
    try {
      await act(incoming)
    } catch (error) {
      if (error instanceof z.ZodError) return { status: 400, body: { message: error.message } }
      throw error
    }
    return { status: 303, headers: { location: backTo(incoming) }, body: 'done' }
  },
})

/** Only ever to a place of the sandbox itself. */
function backTo({ headers: { referer } }: Incoming): string {
  if (referer === undefined || !URL.canParse(referer)) return '/'
  const { pathname, search } = new URL(referer)
  return `${pathname}${search}`
}

/** A form of the page, or JSON; empty fields count as left out. */
export function formOf({ headers, raw }: Incoming): unknown {
  if (headers['content-type']?.startsWith('application/json') === true) return jsonOf(raw)
  return Object.fromEntries([...new URLSearchParams(raw.toString('utf8'))].filter(([, value]) => value !== ''))
}
