import type { Fault } from './faults.ts'
import type { Act, SeenRequest } from './record.ts'
import type { StoredEnvelope } from './vendors/envelope.ts'
import type { Company } from './vendors/hubspot.ts'
import type { StoredMail } from './vendors/smtp.ts'
import type { Message } from './vendors/whatsapp.ts'
import type { Delivery } from './webhook-queue.ts'

/** Everything that can be seen in the sandbox, oldest first. */
export interface Views {
  acts(): readonly Act[]
  requests(): readonly SeenRequest[]
  mails(): readonly StoredMail[]
  messages(): readonly Message[]
  envelopes(): readonly StoredEnvelope[]
  companies(): readonly Company[]
  deliveries(): readonly Delivery[]
  faults(): readonly Fault[]
}
