/** How fast size and interval follow the newest sales; small, as there are few (Syntetos and Boylan 2005: 0.05 to 0.2). */
const alpha = 0.1

/**
 * Croston's method for what is sold now and then, as Syntetos and Boylan correct it ("The accuracy of intermittent demand estimates",
 * 2005, section 2): the size of a sale and the months from one to the next are smoothed apart, and what is expected of any month is
 * (1 - α / 2) size / interval. It knows no season and no trend.
 *
 * Takes one observation a month, oldest first, the first of them a sale. Gives what is expected of each month after the end.
 */
export function fitCroston(series: readonly number[]): number {
  const sales = series.flatMap((quantity, month) => (quantity > 0 ? [{ quantity, month }] : []))
  const [first, ...later] = sales
  if (!first) return 0
  const last = sales[sales.length - 1]
  let size = first.quantity
  let interval = later.length === 0 ? series.length : (last.month - first.month) / later.length
  for (const [index, { quantity, month }] of later.entries()) {
    size += alpha * (quantity - size)
    interval += alpha * (month - sales[index].month - interval)
  }
  return ((1 - alpha / 2) * size) / interval
}
