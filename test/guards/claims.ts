/** What the architecture claims, and how it may be that a claim has no guard here. */
interface Claim {
  readonly claim: string
  /** Why nothing of it can be taken out yet. A claim without this wants at least one guard. */
  readonly notYet?: string
}

export const claims: Readonly<Record<string, Claim>> = {
  // Rules that close known holes.
  Fencing: { claim: 'Whoever lost the lease of a run writes nothing to it, whatever overlaps.' },
  'One bad row': { claim: 'What the database refuses fails alone, and at the edge where that is possible.' },
  Order: { claim: 'The records of a run have no gap; presenting them again after a lost answer succeeds.' },
  'Nothing leaves early': { claim: 'What is not flushed stays inside its run.' },
  'Wake-ups': { claim: 'No signal is missed between a look and the parking; one in time beats its deadline.' },
  'Signals from vendors': {
    claim: 'They are signed, matched within their account, parked when early, a task when late.',
  },
  'Cancel and race': { claim: 'A call in flight is waited for, and what the losers of a race did is taken back.' },
  Move: { claim: 'A run changes its engine in one commit, between two things that it does.' },
  'Whole ledger': { claim: 'A ledger that moves to another database is whole there, and never open in two places.' },
  Sealing: { claim: 'Every audit row gets one leaf, whatever the order in which writers commit.' },
  Tenants: { claim: 'The database itself keeps tenants apart.' },
  Restore: { claim: 'A restored ledger asks before it sends.' },
  Erasure: { claim: 'Personal values are sealed under a key of the person; destroying it erases them, and only them.' },
  'Outgoing webhooks': {
    claim:
      'A customer is told of every event at least once, in order, by one process at a time, and at public addresses only.',
  },
  Timers: { claim: 'No timer of the process is armed further ahead than 30 s.' },

  // Invariants.
  'Invariant 1': { claim: 'A recorded result never changes.' },
  'Invariant 2': {
    claim: 'The outside world shows one action at most for each key, or the effect is visibly in doubt.',
  },
  'Invariant 3': { claim: 'No effect is made without a committed intent.' },
  'Invariant 4': { claim: 'Undo runs for every started effect, in reverse order of start, once for each key.' },
  'Invariant 5': { claim: 'A run goes on, ends, or is stuck with a reason; an ended one has nothing open.' },
  'Invariant 6': { claim: 'An acknowledged signal or decision is never lost, and is applied once.' },
  'Invariant 7': { claim: 'Timers never fire early.' },
  'Invariant 8': { claim: 'A fenced worker commits nothing.' },
  'Invariant 9': { claim: 'No effect of class B without a decision by somebody who may decide and did not ask.' },
  'Invariant 10': { claim: 'No row of one tenant is visible to another.' },
  'Invariant 11': { claim: 'One changed byte of the audit log is found; erasing a person does not break it.' },
  'Invariant 12': { claim: 'Same flow, inputs and decisions: same outcome and same keys.' },
  'Invariant 13': { claim: 'Bad input is refused at the edge and changes nothing.' },

  // The protocols behind them.
  Language: { claim: 'A replay takes the same way or is stuck with a reason; values are plain, and bounded.' },
  Idempotency: { claim: 'Each kind of effect has one method by which a repeat does nothing.' },
  Effects: { claim: 'Authority, intent, call, outcome: in this order, and never a blind second call.' },
  Undo: { claim: 'What was started is taken back, what never happened is not, and what fails waits for a person.' },
  Decisions: { claim: 'One compare-and-set: open, in time, same packet, allowed role, quorum, not the requester.' },
  'Embedded database': { claim: 'One process at a time, commits on disk, and no statement without end.' },
}
