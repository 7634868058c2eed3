import { readSealingLag } from '../../src/ledger/tree/sealer.ts'
import type { World } from './world.ts'

/** Settles when every audit row has its leaf. A pass may leave rows to the next when it meets a transaction under way. */
export async function sealAll({ database, sealer }: Pick<World, 'database' | 'sealer'>): Promise<void> {
  for (;;) {
    await sealer.sealNow()
    if ((await readSealingLag(database)).rows === 0) return
  }
}
