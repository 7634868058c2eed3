/**
 * How often a property is tried. Each names a number that keeps a whole `npm test` short; `SIJIL_PROPERTY_TIMES=50` tries
 * every one fifty times as often. A failure prints its seed and path: give them to `fc.assert` as `{ seed, path }` to see it again.
 */
export function runs(usual: number): { readonly numRuns: number } {
  const times = Number(process.env['SIJIL_PROPERTY_TIMES'] ?? '1')
  if (!(times > 0)) throw new RangeError('SIJIL_PROPERTY_TIMES should be a number above 0')
  return { numRuns: Math.ceil(usual * times) }
}
