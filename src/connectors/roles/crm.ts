export interface PartnerRecord {
  /** Our own id of the partner: saving the same one again writes the same record. */
  readonly externalId: string
  readonly stage: 'applicant' | 'active' | 'closed'
  readonly properties: Readonly<Record<string, string>>
}
export interface CrmSystem {
  /** Writes the partner's record and creates it if there is none; `created` says which. */
  savePartner(partner: PartnerRecord): Promise<{ readonly recordId: string; readonly created: boolean }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly crm: CrmSystem
  }
}
