import type { MiddlewareHandler } from 'hono'
import type { Sijil } from '../composition/open-sijil.ts'
import { authenticate } from '../decisions/people.ts'
import type { Actor } from '../engine/commands/actor.ts'
import { HttpRefusal } from './http-refusal.ts'

/** What a handler finds beside the request. */
export interface HttpEnv {
  readonly Variables: { readonly actor: Actor }
}

/** The command line names itself, so that the audit log can tell the two faces apart; both are HTTP. */
export const CLI_AGENT = 'sijil-cli'

/** Whoever holds the key is the actor. Throws `HttpRefusal` NO_KEY, UNKNOWN_KEY. */
export const withActor =
  ({ database }: Pick<Sijil, 'database'>): MiddlewareHandler<HttpEnv> =>
  async (context, next) => {
    const [, key] = /^Bearer ([\x21-\x7e]+)$/i.exec(context.req.header('authorization') ?? '') ?? []
    if (key === undefined) throw new HttpRefusal('NO_KEY')
    const source = context.req.header('user-agent')?.startsWith(`${CLI_AGENT}/`) === true ? 'cli' : 'http'
    const actor = await authenticate(database, key, source)
    if (actor === undefined) throw new HttpRefusal('UNKNOWN_KEY')
    context.set('actor', actor)
    return next()
  }
