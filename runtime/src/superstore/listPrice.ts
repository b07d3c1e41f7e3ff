/**
 * What one piece of a line costs before the discount, in dollars rounded half up to the cent: sales / (quantity * (1 - discount)), in
 * whole numbers. `sales` and `discount` are decimal strings, the discount below 1.
 */
export function listPrice(line: { sales: string; quantity: number; discount: string }): string {
  const sales = readDecimal(line.sales)
  const discount = readDecimal(line.discount)
  const one = 10n ** BigInt(discount.scale)
  // Cents are 100 * sales.digits / 10^sales.scale / quantity / ((one - discount.digits) / one).
  const numerator = 100n * sales.digits * one
  const denominator = 10n ** BigInt(sales.scale) * BigInt(line.quantity) * (one - discount.digits)
  const cents = (2n * numerator + denominator) / (2n * denominator)
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
}

function readDecimal(text: string): { digits: bigint; scale: number } {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`Expected a decimal number, got ${JSON.stringify(text)}`)
  const [whole = '', fraction = ''] = text.split('.')
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}
