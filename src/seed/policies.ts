/** What may be done by itself (A), after a decision that lists it (B), and never by a workflow (C). */
export const policies: readonly { readonly action: string; readonly class: 'A' | 'B' | 'C'; readonly why: string }[] = [
  { action: 'open_partner_record', class: 'A', why: 'A record of our own that is taken back without a trace' },
  { action: 'acknowledge_application', class: 'A', why: 'Says only that the application arrived, to whoever sent it' },
  { action: 'send_term_sheet', class: 'B', why: 'Terms bind us once a partner has them' },
  { action: 'notify_terms', class: 'B', why: 'Speaks of terms to somebody outside' },
  { action: 'notify_partner', class: 'B', why: 'Speaks in our name to somebody outside' },
  { action: 'remind_partner', class: 'B', why: 'Speaks in our name to somebody outside' },
  { action: 'send_envelope', class: 'B', why: 'Asks for signatures under a contract' },
  { action: 'activate_partner', class: 'B', why: 'Gives a partner standing that others rely on' },
  { action: 'grant_portal_access', class: 'B', why: 'Lets somebody outside see our systems' },
  { action: 'welcome_partner', class: 'B', why: 'Speaks in our name to somebody outside' },
  { action: 'wire_payment', class: 'C', why: 'Money is moved by people at the bank, never by a workflow' },
  {
    action: 'delete_partner_record',
    class: 'C',
    why: 'What happened with a partner is kept; closing the record is enough',
  },
]
