import { days, type Flow, StepFailed, workingDays } from '../../../flow/index.ts'
import type {
  Activation,
  CounterOffer,
  PartnerApplication,
  PartnerReply,
  partnerApproval as contract,
  Terms,
} from './contract.ts'
import type * as steps from './steps.ts'

interface PartnerFlow extends Flow<typeof contract, typeof steps> {}

export async function partnerApproval(flow: PartnerFlow, application: PartnerApplication): Promise<Activation> {
  await flow.openRecord(application)
  await flow.acknowledge(application)
  const fit = await flow.scoreFit(application)
  await flow.managerReview({ application, fit })

  const draft = await flow.draftTerms({ application, fit })
  const terms = await negotiate(flow, draft)
  await flow.executiveApproval({ terms, partnership: terms.partnership, fit })

  await flow.sendEnvelope({ terms })
  await signature(flow, terms)

  const { recordId } = await flow.activateRecord({ terms })
  const access = await flow.grantPortalAccess({ terms })
  await flow.welcome({ terms, access })
  return {
    recordId,
    portalAccount: access.account,
    round: terms.round,
    commissionPercent: terms.commissionPercent,
  }
}

const ROUNDS_MAX = 5

/** The terms go out and come back. Whatever changes in them passes the legal review before the partner sees it. */
async function negotiate(flow: PartnerFlow, draft: Terms): Promise<Terms> {
  let terms = await reviewByLegal(flow, draft, null)
  for (;;) {
    await send(flow, terms)
    const reply = await answerTo(flow, terms)
    switch (reply.answer) {
      case 'accept':
        return terms
      case 'decline':
        throw flow.abandon('declined')
      case 'counter': {
        if (terms.round === ROUNDS_MAX) throw flow.abandon('no agreement')
        const revised = await flow.reviseTerms({ terms, counterOffer: reply })
        terms = await reviewByLegal(flow, revised, reply)
      }
    }
  }
}

/** Returned with comments: the terms are amended and reviewed again. Nobody answers: the gate escalates, and never passes. */
async function reviewByLegal(flow: PartnerFlow, draft: Terms, counterOffer: CounterOffer | null): Promise<Terms> {
  let terms = draft
  for (;;) {
    const review = await flow.legalReview({ terms, counterOffer })
    if (review.outcome === 'approved') return terms
    terms = await flow.amendTerms({ terms, comments: review.comments })
  }
}

async function send(flow: PartnerFlow, terms: Terms): Promise<void> {
  if (terms.round === 1) await flow.sendTerms({ terms })
  else await flow.sendRevisedTerms({ terms })
  await ifPossible(() => flow.noticeByWhatsApp({ terms }))
}

/**
 * Seven working days, with two reminders. An answer to terms of an older round is passed over; as it shows that the partner
 * is at work on ours, the days are counted anew. Links are used once, so that this cannot go on.
 */
async function answerTo(flow: PartnerFlow, terms: Terms): Promise<PartnerReply> {
  for (;;) {
    const reply = await flow.partnerReply({
      within: workingDays(7),
      remind: {
        after: [workingDays(2), workingDays(5)],
        by: (branch, rung) => ifPossible(() => branch.remindPartner({ terms, workingDaysLeft: rung === 1 ? 5 : 2 })),
      },
    })
    if (reply.timedOut) throw flow.abandon('no answer')
    if (reply.value.round === terms.round) return reply.value
  }
}

/** Once all have signed the run only goes forward, or to a person. */
async function signature(flow: PartnerFlow, terms: Terms): Promise<void> {
  const first = await flow.race({
    signing: (branch) =>
      branch.agreementSigned({
        within: days(5),
        remind: { after: [days(2), days(4)], by: (inner) => ifPossible(() => inner.remindSigner({ terms })) },
      }),
    refusal: (branch) => branch.agreementDeclined(),
  })
  if (first.winner === 'refusal' || first.value.timedOut) throw flow.abandon('not signed')
}

/** A notice or a reminder that cannot be delivered does not end a partnership. */
async function ifPossible(tell: () => Promise<unknown>): Promise<void> {
  try {
    await tell()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
  }
}
