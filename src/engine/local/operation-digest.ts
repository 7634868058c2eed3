import type { Operation } from '../../flow/host.ts'
import { digestOf } from '../digest.ts'

/** What was asked: a replay must ask the same. The packet of a gate is what its deciders see, so this is its digest too. */
export function digestOfOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'step':
    case 'gate':
    case 'choice':
    case 'ending':
      return digestOf(operation.input)
    case 'undo':
      return digestOf(operation.of)
    case 'signal':
    case 'sleep':
      return digestOf(operation.within)
  }
}
