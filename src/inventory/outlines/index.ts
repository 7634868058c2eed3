import type { Outline } from '../outline.ts'
import { longOutlines } from './long.ts'
import { mediumOutlines } from './medium.ts'
import { shortOutlines } from './short.ts'

/** The organisation's inventory: all 22 workflows, as declared. */
export const outlines: readonly Outline[] = [...shortOutlines, ...mediumOutlines, ...longOutlines]
