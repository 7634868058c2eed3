import {
  accept,
  application,
  approve,
  closing,
  type Life,
  live,
  lives,
  opening,
  terms,
} from '../workflows/partner-approval-lives.ts'
import type { Scenario } from './scenario.ts'

const undone = [...opening, ...terms, 'undo sendTerms', ...closing]
const reminded = ['partnerReply/reminder-1/remindPartner', 'partnerReply/reminder-2/remindPartner']
const signerReminded = [1, 2].map((rung) => `signing/agreementSigned/reminder-${rung}/remindSigner`)

/** Every other end, and an undo from every wait. */
const more: readonly Life[] = [
  {
    title: 'declined by the partner',
    outcome: 'declined',
    acts: undone,
    decide: approve,
    reply: (round) => ({ answer: 'decline', round, because: 'not for us' }),
  },
  {
    title: 'no agreement after five rounds',
    outcome: 'no agreement',
    acts: [
      ...opening,
      ...terms,
      ...[2, 3, 4, 5].flatMap((round) => [
        `sendRevisedTerms${round === 2 ? '' : `#${round - 1}`}`,
        `noticeByWhatsApp#${round}`,
      ]),
      'undo sendTerms',
      ...closing,
    ],
    decide: approve,
    reply: (round) => ({ answer: 'counter', round, commissionPercent: 10 + round, note: 'more' }),
  },
  {
    title: 'no answer from the partner, who is reminded twice',
    outcome: 'no answer',
    acts: [...opening, ...terms, ...reminded, 'undo sendTerms', ...closing],
    decide: approve,
  },
  {
    title: 'nobody signs, after two reminders',
    outcome: 'not signed',
    acts: [...opening, ...terms, 'sendEnvelope', ...signerReminded, 'undo sendEnvelope', 'undo sendTerms', ...closing],
    decide: approve,
    reply: accept,
  },
  {
    title: 'rejected by legal',
    outcome: 'rejected',
    acts: [...opening, ...closing],
    decide: (run, gate) => (gate === 'legalReview' ? run.rejectAs('legal', 'not like this', gate) : approve(run, gate)),
  },
  {
    title: 'nobody reviews the application',
    outcome: 'expired',
    acts: [...opening, ...closing],
    decide: approve,
    silentAt: 'managerReview',
  },
  {
    title: 'nobody reviews the terms, not even those it is escalated to',
    outcome: 'expired',
    acts: [...opening, ...closing],
    decide: approve,
    silentAt: 'legalReview',
  },
  {
    title: 'nobody approves the agreed terms',
    outcome: 'expired',
    acts: undone,
    decide: approve,
    reply: accept,
    silentAt: 'executiveApproval',
  },
  ...['managerReview', 'legalReview'].map((cancelledAt) => ({
    title: `cancelled at ${cancelledAt}`,
    outcome: 'cancelled',
    acts: [...opening, ...closing],
    decide: approve,
    cancelledAt,
  })),
  ...['partnerReply', 'executiveApproval'].map((cancelledAt) => ({
    title: `cancelled at ${cancelledAt}`,
    outcome: 'cancelled',
    acts: undone,
    decide: approve,
    reply: accept,
    cancelledAt,
  })),
  {
    title: 'cancelled at agreementSigned',
    outcome: 'cancelled',
    acts: [...opening, ...terms, 'sendEnvelope', 'undo sendEnvelope', 'undo sendTerms', ...closing],
    decide: approve,
    reply: accept,
    cancelledAt: 'agreementSigned',
  },
]

export const partnerScenarios: readonly Scenario[] = [...lives, ...more].map((life) => ({
  title: life.title,
  workflow: 'partner-approval',
  input: application,
  play: async ({ world, run }) => void (await live(world, run, life)),
  ends: {
    outcome: life.outcome,
    undo: life.outcome === 'completed' ? 'nothing' : 'compensated',
    acts: life.acts,
  },
}))
