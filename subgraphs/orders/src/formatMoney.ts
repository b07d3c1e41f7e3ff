/** A decimal as PostgreSQL writes it (`14.6200`), with no more decimals than it needs and at least two: `14.62`. */
export function formatMoney(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`
}
