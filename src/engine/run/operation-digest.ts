import { canonical } from '../../flow/canonical.ts'
import type { Operation } from '../../flow/host.ts'

export type OperationDigest = (operation: Operation) => string

/**
 * The text of what was asked, whose SHA-256 is on record: a replay must ask the same. The packet of a gate is what its deciders see,
 * so this is its digest too.
 */
export const textOfOperation = (operation: Operation): string => canonical(askedBy(operation))

function askedBy(operation: Operation): unknown {
  switch (operation.kind) {
    case 'step':
    case 'gate':
    case 'choice':
    case 'ending':
      return operation.input
    case 'undo':
      return operation.of
    case 'signal':
    case 'sleep':
      return operation.within
  }
}
