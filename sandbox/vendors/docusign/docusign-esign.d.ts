/** What the tests use of DocuSign's own client, which comes without types. */
declare module 'docusign-esign' {
  class ApiClient {
    constructor(options: { readonly basePath: string })
    addDefaultHeader(name: string, value: string): void
  }
  interface Summary {
    readonly envelopeId: string
    readonly status: string
  }
  class EnvelopesApi {
    constructor(client: ApiClient)
    createEnvelope(account: string, options: { readonly envelopeDefinition: object }): Promise<Summary>
    getEnvelope(account: string, envelope: string): Promise<Summary>
    update(
      account: string,
      envelope: string,
      options: { readonly envelope?: object; readonly resendEnvelope?: string },
    ): Promise<{ readonly envelopeId: string }>
    listStatusChanges(
      account: string,
      options: { readonly transactionIds?: string; readonly fromDate?: string; readonly customField?: string },
    ): Promise<{ readonly envelopes: readonly Summary[] }>
    /** The bytes, as the text of one character for each. */
    getDocument(
      account: string,
      envelope: string,
      document: string,
      options: { readonly certificate?: string },
    ): Promise<string>
  }
  const client: { readonly ApiClient: typeof ApiClient; readonly EnvelopesApi: typeof EnvelopesApi }
  export default client
}
