import type { Frame } from './cpu-profile.ts'

const colours: Readonly<Record<string, string>> = {
  'src/flow': '#f2c14e',
  'src/engine': '#f78154',
  'src/ledger': '#5fad56',
  'src/trust': '#9b7ede',
  'src/decisions': '#e58fb1',
  bench: '#b8c4ce',
  packages: '#6fb7d6',
  node: '#a8d0e6',
  'V8 and waiting': '#e1e5ea',
}
export type Room = keyof typeof colours

/** The folder of src/ that a function lives in, or what else it belongs to. */
export function roomOf({ place }: Pick<Frame, 'place'>): Room {
  if (place === '') return 'V8 and waiting'
  if (place.startsWith('node:')) return 'node'
  if (place.startsWith('bench/') || place.startsWith('test/')) return 'bench'
  const room = /^src\/[^/]+/.exec(place)?.[0]
  if (room === undefined) return 'packages'
  return room in colours ? room : 'bench'
}

export const colourOf = (room: Room): string => colours[room] ?? '#e1e5ea'
export const rooms: readonly Room[] = Object.keys(colours)
