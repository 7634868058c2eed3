/** A round number at or above the largest value, and the lines below it. */
export function topOf(values: readonly number[]): { readonly value: number; readonly ticks: readonly number[] } {
  const largest = Math.max(1, ...values)
  const unit = 10 ** Math.floor(Math.log10(largest))
  const step = [unit / 5, unit / 2, unit, unit * 2].find((one) => largest / one <= 5.5) ?? unit * 2
  const count = Math.ceil(largest / step)
  return { value: count * step, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) }
}
