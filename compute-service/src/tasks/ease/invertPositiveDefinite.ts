/** Rows that are worked on at a time: 64 rows of 800 numbers stay in a core's second-level cache. */
const blockRows = 64

/**
 * The inverse of a symmetric positive definite matrix, by Cholesky factorisation: A = L Lᵀ, A⁻¹ = L⁻ᵀ L⁻¹ (Golub and Van Loan,
 * Matrix Computations, 4.2). About size³ / 2 multiply-adds.
 *
 * `matrix` is row-major, size × size; it is overwritten, only its lower triangle is read. Calls `advance` between blocks with the
 * multiply-adds that were done since, {@link inversionUnits} in all. Throws when the matrix is not positive definite, and what
 * `advance` throws.
 */
export async function invertPositiveDefinite(
  matrix: Float64Array,
  size: number,
  advance: (units: number) => Promise<void>,
): Promise<Float64Array> {
  for (let start = 0; start < size; start += blockRows) {
    const end = Math.min(start + blockRows, size)
    factorRows(matrix, size, start, end)
    await advance((end ** 3 - start ** 3) / 6)
  }
  for (let start = 0; start < size; start += blockRows) {
    const end = Math.min(start + blockRows, size)
    invertRows(matrix, size, start, end)
    await advance((end ** 3 - start ** 3) / 6)
  }
  const inverse = new Float64Array(size * size)
  for (let start = 0; start < size; start += blockRows) {
    const end = Math.min(start + blockRows, size)
    multiplyRows(matrix, inverse, size, start, end)
    await advance(productUnits(size, end) - productUnits(size, start))
  }
  return inverse
}

/** The multiply-adds of an inversion. */
export function inversionUnits(size: number): number {
  return size ** 3 / 2
}

/** Multiply-adds of the first `rows` rows of L⁻ᵀ L⁻¹: row i sums size - i products of i numbers. */
function productUnits(size: number, rows: number): number {
  return (size * rows ** 2) / 2 - rows ** 3 / 3
}

/** Rows of L in place of rows of A. Earlier rows are gone through once for the whole block, not once for each of its rows. */
function factorRows(a: Float64Array, size: number, start: number, end: number): void {
  for (let column = 0; column < end; column += blockRows) {
    for (let i = start; i < end; i += 1) {
      const row = i * size
      const last = Math.min(column + blockRows, i + 1)
      for (let j = column; j < last; j += 1) {
        const rest = a[row + j] - dot(a, row, j * size, j)
        if (j < i) {
          a[row + j] = rest / a[j * size + j]
        } else {
          if (!(rest > 0)) throw new Error(`Expected a positive definite matrix, row ${i} leaves ${rest}`)
          a[row + j] = Math.sqrt(rest)
        }
      }
    }
  }
}

/** Rows of W = L⁻¹ in place of rows of L: W[i] = -(Σ_{k<i} L[i,k] W[k]) / L[i,i]. Zero above the diagonal. */
function invertRows(a: Float64Array, size: number, start: number, end: number): void {
  const factors = a.slice(start * size, end * size)
  a.fill(0, start * size, end * size)
  for (let k = 0; k < start; k += stride) {
    for (let i = start; i < end; i += 1) addRows(a, i * size, a, k, size, factors, (i - start) * size + k, start)
  }
  for (let i = start; i < end; i += 1) {
    const row = i * size
    const own = (i - start) * size
    for (let k = start; k < i; k += 1) {
      for (let j = 0; j <= k; j += 1) a[row + j] += factors[own + k] * a[k * size + j]
    }
    const scale = 1 / factors[own + i]
    for (let j = 0; j < i; j += 1) a[row + j] *= -scale
    a[row + i] = scale
  }
}

/** Rows of Wᵀ W = Σ_k W[k]ᵀ W[k], and by symmetry the same columns. */
function multiplyRows(w: Float64Array, out: Float64Array, size: number, start: number, end: number): void {
  const factors = new Float64Array(stride)
  let k = start
  for (; k + stride <= size; k += stride) {
    for (let i = start; i < end; i += 1) {
      for (let q = 0; q < stride; q += 1) factors[q] = w[(k + q) * size + i]
      addRows(out, i * size, w, k, size, factors, 0, i + 1)
    }
  }
  for (; k < size; k += 1) {
    for (let i = start; i < end; i += 1) {
      const factor = w[k * size + i]
      for (let j = 0; j <= i; j += 1) out[i * size + j] += factor * w[k * size + j]
    }
  }
  for (let i = start; i < end; i += 1) {
    for (let j = 0; j < i; j += 1) out[j * size + i] = out[i * size + j]
  }
}

/** How many rows {@link addRows} adds at once; {@link blockRows} is a multiple of it. */
const stride = 4

/** Adds four rows, each times its factor, to a row: one read and one write of the sum for four multiply-adds. */
function addRows(
  target: Float64Array,
  at: number,
  rows: Float64Array,
  firstRow: number,
  size: number,
  factors: Float64Array,
  firstFactor: number,
  length: number,
): void {
  const factor0 = factors[firstFactor]
  const factor1 = factors[firstFactor + 1]
  const factor2 = factors[firstFactor + 2]
  const factor3 = factors[firstFactor + 3]
  const row0 = firstRow * size
  const row1 = row0 + size
  const row2 = row1 + size
  const row3 = row2 + size
  for (let j = 0; j < length; j += 1) {
    target[at + j] +=
      factor0 * rows[row0 + j] + factor1 * rows[row1 + j] + (factor2 * rows[row2 + j] + factor3 * rows[row3 + j])
  }
}

function dot(a: Float64Array, left: number, right: number, length: number): number {
  let sum0 = 0
  let sum1 = 0
  let sum2 = 0
  let sum3 = 0
  let k = 0
  // Four sums, or each addition would wait for the one before.
  for (; k + 3 < length; k += 4) {
    sum0 += a[left + k] * a[right + k]
    sum1 += a[left + k + 1] * a[right + k + 1]
    sum2 += a[left + k + 2] * a[right + k + 2]
    sum3 += a[left + k + 3] * a[right + k + 3]
  }
  for (; k < length; k += 1) sum0 += a[left + k] * a[right + k]
  return sum0 + sum1 + (sum2 + sum3)
}
