/** Months without a single sale after which the shop counts as having been closed. */
const closedAfterMonths = 12

/**
 * The first and last month in which the shop was open, of months with a sale, ascending. Where nothing at all was sold for more than a year,
 * only the longest stretch without such a gap counts: a single order years after the rest says nothing about customers. Months are
 * {@link monthNumber}s; `last` is before `first` when there are none.
 */
export function tradingMonths(monthsWithSales: readonly number[]): { first: number; last: number } {
  let longest = { first: 0, last: -1 }
  let first = monthsWithSales[0]
  for (const [index, month] of monthsWithSales.entries()) {
    if (month - (monthsWithSales[index - 1] ?? month) > closedAfterMonths) first = month
    if (month - first > longest.last - longest.first) longest = { first, last: month }
  }
  return longest
}

/** Months since the year 0 of a day or an instant, as ISO 8601 has it. */
export function monthNumber(iso: string): number {
  return Number(iso.slice(0, 4)) * 12 + Number(iso.slice(5, 7)) - 1
}

/** The first day of a month: `2016-11-01`. */
export function firstDay(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`
}
