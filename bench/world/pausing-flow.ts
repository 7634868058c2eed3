/** The flow alone: it is bundled for Temporal's sandbox too. */
interface Deciding<Request> {
  prepare(request: Request): Promise<Request>
  approval(packet: { readonly request: Request }): Promise<unknown>
  goOn(request: Request): Promise<Request>
}

export async function decideBetween<Request>(flow: Deciding<Request>, input: Request): Promise<Request> {
  const request = await flow.prepare(input)
  await flow.approval({ request })
  return flow.goOn(request)
}
