/**
 * A history as JSON. The SDK's own form needs one copy of protobuf.js for all of its packages, and npm may give each its own: this is
 * the form that the messages themselves have.
 */
import proto from '@temporalio/proto'

const { History } = proto.temporal.api.history.v1
export type History = proto.temporal.api.history.v1.IHistory

/** Which machine recorded it is not told. */
export function textOfHistory(history: History): string {
  const plain = History.toObject(History.fromObject(history), { longs: String, bytes: String, enums: String })
  const isNamed = (name: string, value: unknown) => (name === 'identity' ? 'recorder' : value)
  return `${JSON.stringify(plain, isNamed)}\n`
}

export function historyOf(text: string): History {
  const plain: unknown = JSON.parse(text)
  if (typeof plain !== 'object' || plain === null) throw new TypeError('this is no history')
  return History.fromObject(plain)
}
