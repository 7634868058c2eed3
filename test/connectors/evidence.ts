/**
 * What each connector has been checked against, for docs/connectors.md: whoever adds a vendor adds its part. The generator refuses a test
 * that is not there. A connector and its sandbox have the same author, so only what has another counts for more than consistency.
 */

export const kinds = {
  suite: 'our contract suite',
  crashes: 'our crash windows',
  interface: 'the vendor’s published interface',
  client: 'the vendor’s own client',
  server: 'an independent server',
  standard: 'the standard that it speaks',
  own: 'tests of its own',
} as const

export interface Check {
  readonly kind: keyof typeof kinds
  readonly says: string
  readonly file: string
  /** The title of a test in the file, or the function that makes its tests. */
  readonly test: string | { readonly madeBy: string }
}

export interface Evidence {
  readonly checks: readonly Check[]
  /** What nobody but us has looked at: facts that are our reading of the vendor's documentation, or are not confirmed. */
  readonly onlyOurReading: readonly string[]
}

const suite = (vendor: string): Check => ({
  kind: 'suite',
  says: 'every fault of the sandbox, idempotent repetition, probe, credentials, unknown and missing fields',
  file: `sandbox/vendors/${vendor}/${vendor}.test.ts`,
  test: { madeBy: 'connectorSuite' },
})
const readingSuite = (vendor: string): Check => ({
  kind: 'suite',
  says: 'reading under every fault of the sandbox, credentials, unknown and missing fields',
  file: `sandbox/vendors/${vendor}/${vendor}.test.ts`,
  test: { madeBy: 'readingSuite' },
})
const crashes: Check = {
  kind: 'crashes',
  says: 'a process that dies before, in and after the call: one act in the vendor’s record, or in doubt and listed',
  file: 'test/connectors/crash-windows.test.ts',
  test: 'a process that dies around one call',
}

export const evidence: Readonly<Record<string, Evidence>> = {
  smtp: {
    checks: [
      suite('smtp'),
      crashes,
      {
        kind: 'server',
        says: '`mailauth` finds the DKIM signature good, and bad after one byte was changed',
        file: 'sandbox/vendors/smtp/dkim.test.ts',
        test: 'mailauth finds the signature of a mail good, and bad after a byte was changed',
      },
      {
        kind: 'own',
        says: 'a mail arrives whole, with one Message-ID for all attempts',
        file: 'sandbox/vendors/smtp/smtp.test.ts',
        test: 'a mail arrives whole, in its language, with one Message-ID for all attempts',
      },
      {
        kind: 'server',
        says: '`mailauth` verifies the DKIM signature, one-click headers included, of what `smtp-server` received',
        file: 'sandbox/vendors/smtp/dkim.test.ts',
        test: 'mailauth finds the signature of a mail good, and bad after a byte was changed',
      },
      {
        kind: 'server',
        says: '`smtp-server` with STARTTLS, with TLS from the first byte and without either, and certificates good and bad',
        file: 'test/tls/tls.test.ts',
        test: 'a mail is not sent in clear, nor the password, to a server that does not offer STARTTLS',
      },
      {
        kind: 'own',
        says: 'reports on mails, from the example of RFC 3464 on',
        file: 'src/connectors/smtp/delivery-report.test.ts',
        test: 'the example of the standard is read, with either kind of line break',
      },
    ],
    onlyOurReading: ['how servers of single providers limit, refuse and report, beyond RFC 5321 and RFC 3464'],
  },
  twilio: {
    checks: [
      suite('twilio'),
      crashes,
      {
        kind: 'interface',
        says: 'requests and answers fit Twilio’s OpenAPI description, closed and made required first',
        file: 'sandbox/vendors/twilio/twilio.specs.test.ts',
        test: 'a message and its resource have the shape that Twilio publishes',
      },
      {
        kind: 'client',
        says: 'the `twilio` package sends and lists; the sandbox signs with it, and its validator agrees with ours',
        file: 'sandbox/vendors/twilio/twilio.client.test.ts',
        test: 'what the official validator finds good or bad we find so too',
      },
    ],
    onlyOurReading: [
      'that a list by number is complete after the settling time',
      'how long Twilio repeats a webhook, and the names of its fields',
      'the hours of promotions in the Kingdom, on which sources disagree',
    ],
  },
  unifonic: {
    checks: [
      suite('unifonic'),
      crashes,
      {
        kind: 'own',
        says: 'only an address that we made takes a status',
        file: 'sandbox/vendors/unifonic/unifonic.test.ts',
        test: 'only the address that we made takes a status, and only for its own message',
      },
    ],
    onlyOurReading: [
      'answers, refusals and statuses: most of it is unconfirmed, see its page; no package of the vendor’s own is known to us',
    ],
  },
  whatsapp: {
    checks: [
      suite('whatsapp'),
      crashes,
      {
        kind: 'interface',
        says: 'the message, its answer and its statuses fit Meta’s OpenAPI v23, closed and made required first',
        file: 'sandbox/vendors/whatsapp/whatsapp.specs.test.ts',
        test: 'a message, its answer and its statuses have the shape that Meta publishes',
      },
      {
        kind: 'own',
        says: 'signatures over the raw bytes',
        file: 'src/connectors/whatsapp/webhook.test.ts',
        test: 'only the app secret signs, over the bytes as they came',
      },
      {
        kind: 'own',
        says: 'the window of 24 hours, kept from inbound messages, to the millisecond',
        file: 'sandbox/vendors/whatsapp/whatsapp.test.ts',
        test: 'only who has written in the last 24 hours is answered freely; nobody else is asked for it',
      },
    ],
    onlyOurReading: [
      'that callback data of a message comes back in its statuses: the published interface types it for calls only',
      'what an error code means for a repetition; that webhooks are repeated for seven days at most',
    ],
  },
  docusign: {
    checks: [
      suite('docusign'),
      crashes,
      {
        kind: 'interface',
        says: 'every request that sends, asks, reads and voids, as it goes over the wire, and its answer fit DocuSign’s description, closed and made required first',
        file: 'sandbox/vendors/docusign/docusign.specs.test.ts',
        test: 'an envelope, what is asked of it, what voids it, and the answers',
      },
      {
        kind: 'interface',
        says: 'so do the reminder and both answers to it',
        file: 'sandbox/vendors/docusign/docusign.specs.test.ts',
        test: 'a reminder, and the answers to it',
      },
      {
        kind: 'client',
        says: '`docusign-esign` finds, reminds, reads and voids what the connector sent',
        file: 'sandbox/vendors/docusign/docusign.client.test.ts',
        test: 'the official client finds, reminds, reads and voids what the connector sent, and sends the same itself',
      },
      {
        kind: 'own',
        says: 'signatures under any of several keys',
        file: 'src/connectors/docusign/webhook.test.ts',
        test: 'any of our keys in any of the headers is good',
      },
    ],
    onlyOurReading: [
      'that a second envelope with the transaction id of the first is made: nothing published promises otherwise',
      'how long after an answer was lost a list still lacks the envelope (`SIJIL_DOCUSIGN_SETTLING_SECONDS`)',
      'that Connect repeats a webhook for fifteen days at most',
    ],
  },
  'cal-com': {
    checks: [
      suite('cal-com'),
      crashes,
      {
        kind: 'own',
        says: 'signatures over the raw bytes, and what says that it has none',
        file: 'src/connectors/cal-com/webhook.test.ts',
        test: 'what says that no secret was set is unsigned',
      },
    ],
    onlyOurReading: [
      'requests, answers and webhooks: see its page. Cal.com’s own package (`@calcom/sdk` 1.0.1) knows no call for bookings and asks for slots at an older address; its description may not be used here',
    ],
  },
  'adobe-sign': {
    checks: [
      suite('adobe-sign'),
      crashes,
      {
        kind: 'interface',
        says: 'every field of the webhooks stands in the example of its event that Adobe publishes',
        file: 'sandbox/vendors/adobe-sign/adobe-sign.specs.test.ts',
        test: 'webhooks: every field stands in the example of its event',
      },
      {
        kind: 'interface',
        says: 'each of the 31 examples that Adobe publishes is read as a hint, and confirmed by what the vendor says',
        file: 'sandbox/vendors/adobe-sign/adobe-sign.specs.test.ts',
        test: 'webhooks: every example that Adobe publishes is a hint about its agreement, and what is read counts',
      },
      {
        kind: 'own',
        says: 'hints that lie, and hints that cannot be confirmed at once',
        file: 'sandbox/vendors/adobe-sign/adobe-sign.test.ts',
        test: 'a hint that lies is not believed: what counts is what is read',
      },
      {
        kind: 'own',
        says: 'partner approval from application to portal, with the server killed while all sign',
        file: 'test/end-to-end/partner-approval-adobe-sign.test.ts',
        test: 'goes from application to portal; hints that came while nobody listened are told again and confirmed',
      },
    ],
    onlyOurReading: [
      'requests and answers: no description of them may be used here, and the official client for Node (`adobe-sign-sdk` 1.1.0) speaks v5, which names and nests them otherwise',
      'how long after an answer was lost a list still lacks the draft (`SIJIL_ADOBE_SIGN_SETTLING_SECONDS`); a late draft asks nobody to sign',
    ],
  },
  hubspot: {
    checks: [
      suite('hubspot'),
      crashes,
      {
        kind: 'client',
        says: '`@hubspot/api-client` upserts by our id and reads the history',
        file: 'sandbox/vendors/hubspot/hubspot.client.test.ts',
        test: 'the official client upserts a company by our id, reads it with its history, and is refused without a token',
      },
    ],
    onlyOurReading: ['that the history of a property keeps every key that it had, which is what the probe reads'],
  },
  salesforce: {
    checks: [
      suite('salesforce'),
      crashes,
      {
        kind: 'client',
        says: '`jsforce` signs in, upserts by our id and reads it back',
        file: 'sandbox/vendors/salesforce/salesforce.client.test.ts',
        test: 'jsforce signs in, upserts by our id and reads it back',
      },
    ],
    onlyOurReading: ['see its page'],
  },
  'desk-http': {
    checks: [
      suite('desk-http'),
      crashes,
      {
        kind: 'server',
        says: 'a desk that has the reference library of Standard Webhooks and nothing of the sandbox verifies every request; changed, kept or signed by another it refuses it',
        file: 'sandbox/vendors/desk-http/desk-http.receiver.test.ts',
        test: 'verifies every request of the connector, and none that was changed, kept or signed by another',
      },
      {
        kind: 'standard',
        says: 'the reference library signs answers: good, with two secrets at once, tampered with, sent again late',
        file: 'sandbox/vendors/desk-http/desk-http.receiver.test.ts',
        test: 'signs nothing that holds for other bytes, another id, another time or another secret',
      },
      {
        kind: 'standard',
        says: 'the example that Standard Webhooks publishes is signed as it says, because the connector uses the same library',
        file: 'src/connectors/signed-headers.test.ts',
        test: 'the example that Standard Webhooks publishes is signed as it says, whatever the part of the second',
      },
    ],
    onlyOurReading: [
      'nothing: the contract of tasks is ours; that a desk takes a task’s id for its own is the desk’s word',
    ],
  },
  'desk-mail': {
    checks: [suite('desk-mail'), crashes],
    onlyOurReading: ['nothing beyond what mail itself leaves open'],
  },
  s3: {
    checks: [
      suite('s3'),
      crashes,
      {
        kind: 'server',
        says: '`moto`: conditional writes, checksums, large documents (`npm run test:vendors`: needs Python)',
        file: 'test/vendors/s3.vendor.ts',
        test: 'puts once, with its checksum, type and key, and reads the same bytes',
      },
      {
        kind: 'client',
        says: '`@aws-sdk/client-s3` makes and signs every request; the sandbox checks the signature by its own hand',
        file: 'sandbox/vendors/s3/s3.test.ts',
        test: 'bytes that changed in the store are never taken for the document, nor written over',
      },
    ],
    onlyOurReading: [
      'that a store which answers `ConditionalRequestConflict` or `SlowDown` did not act',
      'that stores other than Amazon’s ignore the key in the address of a deletion, as Amazon documents it',
    ],
  },
  folder: {
    checks: [
      {
        kind: 'own',
        says: 'content addresses, probe, changed bytes, other tenants',
        file: 'src/connectors/folder/folder.test.ts',
        test: 'the same bytes are one file, and a file is never written again',
      },
      {
        kind: 'crashes',
        says: 'killed while it writes: all that it said was kept is there, and nothing by halves',
        file: 'test/connectors/folder-killed.test.ts',
        test: 'a folder of documents killed while it writes has what it said was kept, and nothing by halves',
      },
    ],
    onlyOurReading: ['that a flush survives a power cut'],
  },
  'openai-compatible': {
    checks: [
      readingSuite('openai-compatible'),
      {
        kind: 'client',
        says: '`openai` has a decision made, reads vectors and understands every no of the sandbox',
        file: 'sandbox/vendors/openai-compatible/openai-compatible.client.test.ts',
        test: 'understands every no',
      },
      {
        kind: 'own',
        says: 'an answer of another form never counts, and is asked for three times at most',
        file: 'sandbox/vendors/openai-compatible/openai-compatible.test.ts',
        test: 'a model that never keeps to the form is given up after three tries',
      },
    ],
    onlyOurReading: [
      'which status means that repeating is of no use, and that servers other than OpenAI’s call an exhausted quota `insufficient_quota`',
      'that `GET /models` needs the key',
    ],
  },
  rules: {
    checks: [
      {
        kind: 'own',
        says: 'conditions, provenance, refusals, vectors of Arabic and English texts',
        file: 'src/connectors/rules/rules.test.ts',
        test: 'says that rules decided, by which version, and proves what was asked',
      },
    ],
    onlyOurReading: [],
  },
  'json-http': {
    checks: [
      readingSuite('json-http'),
      {
        kind: 'own',
        says: 'bad descriptions are told with their place; the example of the documentation is a good one',
        file: 'src/connectors/json-http/description.test.ts',
        test: 'the example of the documentation is a good one',
      },
    ],
    onlyOurReading: ['every source, until it was described and tried: no real registry was asked'],
  },
  'built-in-crm': {
    checks: [
      {
        kind: 'own',
        says: 'acts once for each key, on both databases',
        file: 'src/connectors/built-in-crm/connector.test.ts',
        test: 'plays its role where nothing else is configured, and acts once for each key',
      },
    ],
    onlyOurReading: [],
  },
}
