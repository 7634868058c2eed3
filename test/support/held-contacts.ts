import { type ContactAddress, type Contacts, type ContactWord, sameAddress } from '../../src/connectors/contacts.ts'

/** What contacts have said, in memory: for suites that have no ledger. */
export function heldContacts(): Contacts {
  const said: (ContactWord & { readonly tenant: string })[] = []
  const latest = (tenant: string, word: ContactWord['word'], { channel, address }: ContactAddress, account?: string) =>
    said
      .filter((one) => one.tenant === tenant && one.word === word && one.channel === channel)
      .filter((one) => sameAddress(channel, one.address) === sameAddress(channel, address))
      .filter((one) => account === undefined || one.account === account)
      .reduce<number | undefined>((at, one) => Math.max(at ?? 0, one.at), undefined)
  return {
    note: async (tenant, words) => {
      said.push(...words.map((word) => ({ ...word, tenant })))
    },
    of: async (tenant, address) => ({
      wroteAt: latest(tenant, 'wrote', address, address.account),
      stopped: (latest(tenant, 'stop', address) ?? -1) >= (latest(tenant, 'resume', address) ?? 0),
    }),
    stopUrl: (tenant, { channel }, language) => `https://sijil.example/s/${tenant}-${channel}-${language}`,
  }
}
