import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

/** What an operator may search runs by in Temporal. It is not sealed there: no personal data stands in any of them. */
export const searchAttributes = {
  tenant: defineSearchAttributeKey('SijilTenant', SearchAttributeType.KEYWORD),
  workflow: defineSearchAttributeKey('SijilWorkflow', SearchAttributeType.KEYWORD),
  /** What the run waits for. */
  stage: defineSearchAttributeKey('SijilStage', SearchAttributeType.KEYWORD),
  /** Which deal the run is part of. */
  deal: defineSearchAttributeKey('SijilDeal', SearchAttributeType.KEYWORD),
} as const
