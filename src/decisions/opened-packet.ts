import { isPersonal, type Personal } from '../flow/personal.ts'

const HIDDEN = { hidden: true } as const
const ERASED = { erased: true } as const

/** Whether a value holds personal values. */
export const holdsPersonal = (value: unknown): boolean =>
  isPersonal(value) || (typeof value === 'object' && value !== null && Object.values(value).some(holdsPersonal))

/** A packet as a person sees it: each personal value opened, erased, or (without `open`) hidden. */
export async function shownPacket(
  value: unknown,
  open: ((personal: Personal) => Promise<unknown>) | undefined,
): Promise<unknown> {
  if (isPersonal(value)) {
    if (open === undefined) return HIDDEN
    return open(value).catch((error: unknown) => {
      if (isErased(error)) return ERASED
      throw error
    })
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => shownPacket(item, open)))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(async ([name, field]) => [name, await shownPacket(field, open)] as const)
  return Object.fromEntries(await Promise.all(fields))
}

const isErased = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'PERSON_ERASED'
