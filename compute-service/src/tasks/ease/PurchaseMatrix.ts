/** Who bought what, yes or no: a sparse binary matrix of users × products, by rows and by columns. Indices are ascending. */
export type PurchaseMatrix = {
  /** For each user, the products bought. */
  productsOf: readonly Int32Array[]
  /** For each product, the users who bought it. */
  buyersOf: readonly Int32Array[]
  /** How many (user, product) pairs it holds. */
  interactions: number
}

/** Makes the matrix of the products of each user; each user's are different ones. */
export function createPurchaseMatrix(
  productsOfUsers: readonly (readonly number[])[],
  productCount: number,
): PurchaseMatrix {
  const buyers: number[][] = Array.from({ length: productCount }, () => [])
  const productsOf = productsOfUsers.map((products) => Int32Array.from(products).sort())
  for (const [user, products] of productsOf.entries()) {
    for (const product of products) buyers[product].push(user)
  }
  return {
    productsOf,
    buyersOf: buyers.map((users) => Int32Array.from(users)),
    interactions: productsOf.reduce((sum, products) => sum + products.length, 0),
  }
}
