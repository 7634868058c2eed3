import pg from 'pg'

/**
 * How columns become values. Exact or an error, never nearly: a bigint that no number can hold throws. `date` and
 * `timestamp` have no zone, so they stay text; `timestamptz` is a Date. `numeric` is text; json is parsed.
 */
const { builtins } = pg.types

export const columnTypes = new pg.TypeOverrides()
columnTypes.setTypeParser(builtins.INT8, safeInteger)
columnTypes.setTypeParser(builtins.DATE, String)
columnTypes.setTypeParser(builtins.TIMESTAMP, String)

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number; select it as text`)
  return value
}
