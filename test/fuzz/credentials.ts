/** Keys that let nobody in. */
import fc from 'fast-check'
import type { FuzzWorld } from './fuzz-world.ts'
import type { Header } from './http-request.ts'

export interface Credential {
  readonly flaw: string
  readonly headers: readonly Header[]
}

export const keyOf = (world: FuzzWorld, person: string): string => {
  const key = world.keys.get(person)
  if (key === undefined) throw new Error(`there is no ${person}`)
  return key
}

export const bearer = (key: string): readonly Header[] => [['authorization', `Bearer ${key}`]]

export function worthless(world: FuzzWorld): fc.Arbitrary<Credential> {
  const good = keyOf(world, 'yousef')
  const secret = good.slice(good.lastIndexOf('_') + 1)
  const other = [
    `sijil_other_${secret}`,
    `sijil__${secret}`,
    `sijil_MADAR_${secret}`,
    `sijil_madar_${secret.toUpperCase()}A`,
    `sijil_madar_${'0'.repeat(64)}`,
    `sijil_${'a'.repeat(64)}_${secret}`,
    `sijil_nobody_${secret}`,
    `${good}0`,
    good.slice(0, -1),
    secret,
    `sijil_madar_${'a'.repeat(10_000)}`,
    '__proto__',
    world.oldKey,
  ]
  const values = [
    'Bearer',
    'Bearer ',
    `Basic ${Buffer.from(`yousef:${good}`).toString('base64')}`,
    `Bearer ${good} ${good}`,
    `Bearer ${good}, Bearer ${good}`,
    `Bearer\u00E9${good}`,
    good,
    `bearer:${good}`,
    `Digest ${good}`,
    'Bearer null',
    'Bearer undefined',
    `Bearer ${'\u00FF'.repeat(40)}`,
  ]
  return fc.oneof(
    fc.constant<Credential>({ flaw: 'no key', headers: [] }),
    fc.constantFrom(...other).map((key) => ({ flaw: 'a key of nobody', headers: bearer(key) })),
    fc.constantFrom(...values).map((value) => ({
      flaw: 'a malformed key',
      headers: [['authorization', value]] as const,
    })),
    fc.constant<Credential>({ flaw: 'two keys', headers: [...bearer(good), ...bearer(good)] }),
    fc.nat(secret.length - 1).map((at) => ({
      flaw: 'a key with one character changed',
      headers: bearer(`sijil_madar_${secret.slice(0, at)}${secret[at] === '0' ? '1' : '0'}${secret.slice(at + 1)}`),
    })),
  )
}
