/** One thing that was measured. The smaller `value`, the better, unless `isMoreBetter`. */
export type Figure = {
  measure: string
  value: number
  unit: string
  /** What it must reach, and what it should. Absent for what is told beside the others. */
  must?: number
  goal?: number
  isMoreBetter?: boolean
  /** How many of what, of how many identities. */
  how: string
}
