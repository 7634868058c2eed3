import { EffectHeldBack } from '../../flow/failure.ts'

const AGAIN_MS = 2_000

/** Whether a connector may be called stands in the ledger: while that says nothing, it is not. */
export const ledgerSilent = (): EffectHeldBack =>
  new EffectHeldBack(
    'LEDGER_SILENT',
    'The ledger did not say whether the connector is paused. Nothing was sent; it is asked again.',
    AGAIN_MS,
  )
