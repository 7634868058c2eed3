import { v7 } from 'uuid'

declare const kind: unique symbol
type Id<Name extends string> = string & { readonly [kind]: Name }

export type RunId = Id<'RunId'>
export type TaskId = Id<'TaskId'>
export type TenantId = Id<'TenantId'>
export type PersonId = Id<'PersonId'>
export type EndpointId = Id<'EndpointId'>

/** A text that should be an id and is not. Nothing was looked up. */
export class MalformedId extends Error {
  override readonly name = 'MalformedId'
  readonly code = 'MALFORMED_ID'
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

const parser =
  <Brand extends string>(shape: RegExp, what: string, form: string) =>
  (text: string): Brand => {
    if (!shape.test(text)) throw new MalformedId(`This is not ${what}: it should be ${form}. Nothing was looked up.`)
    // The brand says that the text has this shape, which was just checked.
    return text as Brand
  }

export const parseRunId = parser<RunId>(UUID, 'the id of a run', 'a lower-case UUID')
export const parseTaskId = parser<TaskId>(UUID, 'the id of a task', 'a lower-case UUID')
export const parseEndpointId = parser<EndpointId>(UUID, 'the id of an endpoint', 'a lower-case UUID')
export const parseTenantId = parser<TenantId>(NAME, 'the id of a tenant', 'lower-case letters, digits and dashes')
export const parsePersonId = parser<PersonId>(NAME, 'the id of a person', 'lower-case letters, digits and dashes')

/** Ordered by time, so that rows of one moment lie side by side in every index. Each follows from the clock and chance alone. */
export const newRunId = (): RunId => parseRunId(v7({}))
export const newTaskId = (): TaskId => parseTaskId(v7({}))
export const newEndpointId = (): EndpointId => parseEndpointId(v7({}))
export const newReceiptId = (): string => v7({})
