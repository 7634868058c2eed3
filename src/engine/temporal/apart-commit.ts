import type { GroupCommit } from '../../ledger/group-commit.ts'
import type { RareWrite, RunPatch, Verdict } from '../../ledger/patch.ts'

/**
 * Writes for runs whose branches write apart: the ledger counts. Two patches of one run never travel in one statement, which
 * writes each run once.
 */
export function apartCommit(groupCommit: GroupCommit): GroupCommit {
  const last = new Map<string, Promise<unknown>>()
  return {
    async commit(patch) {
      const before = last.get(patch.run)
      const turn = (async (): Promise<Verdict> => {
        await before
        return groupCommit.commit(counted(patch))
      })()
      const settled = turn.catch(() => undefined)
      last.set(patch.run, settled)
      try {
        return await turn
      } finally {
        if (last.get(patch.run) === settled) last.delete(patch.run)
      }
    },
    close: () => groupCommit.close(),
  }
}

const counted = (patch: RunPatch): RunPatch => ({ ...patch, batch: 0, seq: 0, rare: patch.rare.map(countedStart) })

const countedStart = (write: RareWrite): RareWrite =>
  write.op === 'effect.start' ? { ...write, body: { ...write.body, started_seq: null } } : write
