/** The data behind every subgraph: plain objects that refer to each other, the same in every run and every process. */
export type BenchData = { users: User[]; products: Product[]; reviews: Review[] }

export type User = {
  __typename: 'User'
  id: string
  name: string
  username: string
  birthday: string
  reviews: Review[]
}

export type Product = {
  __typename: 'Product'
  upc: string
  name: string
  price: number
  weight: number
  inStock: boolean
  rating: number
  reviewCount: number
  reviews: Review[]
}

export type Review = { __typename: 'Review'; id: string; body: string; author: User; product: Product }

const userCount = 60
const productCount = 1_000
/** Reviews cluster on few products, so that one heavy query meets the same entities again and again, as real ones do. */
const reviewedProductCount = 25
const reviewsPerUser = 3

/** Builds the data: 60 users, 1,000 products, 180 reviews. Upcs and ids are numbers from 1, as strings. */
export function createBenchData(): BenchData {
  const users = Array.from({ length: userCount }, (_, index) => createUser(index + 1))
  const products = Array.from({ length: productCount }, (_, index) => createProduct(index + 1))
  const reviews: Review[] = []
  for (const [index, author] of users.entries()) {
    for (let nth = 0; nth < reviewsPerUser; nth++) {
      const product = products[(index * 7 + nth * 11) % reviewedProductCount]
      if (!product) throw new Error('Expected as many products as are reviewed')
      const id = String(reviews.length + 1)
      const review: Review = { __typename: 'Review', id, body: bodyOf(reviews.length), author, product }
      reviews.push(review)
      author.reviews.push(review)
      product.reviews.push(review)
    }
  }
  return { users, products, reviews }
}

function createUser(number: number): User {
  const first = pick(firstNames, number)
  const last = pick(lastNames, number * 3)
  return {
    __typename: 'User',
    id: String(number),
    name: `${first} ${last}`,
    username: `@${first.toLowerCase()}${number}`,
    birthday: `19${50 + (number % 50)}-0${1 + (number % 9)}-1${number % 10}`,
    reviews: [],
  }
}

function createProduct(number: number): Product {
  return {
    __typename: 'Product',
    upc: String(number),
    name: `${pick(adjectives, number)} ${pick(things, number * 5)} “${number}”`,
    price: 500 + ((number * 7_919) % 99_500),
    weight: 50 + ((number * 104_729) % 9_950),
    inStock: number % 3 !== 0,
    rating: 1 + ((number * 13) % 41) / 10,
    reviewCount: (number * 17) % 230,
    reviews: [],
  }
}

function bodyOf(number: number): string {
  return `${pick(openings, number)} ${pick(adjectives, number + 3).toLowerCase()} and ${pick(verdicts, number * 7)}.`
}

function pick(words: readonly string[], number: number): string {
  return words[number % words.length] ?? ''
}

const firstNames = ['Ada', 'Uri', 'Zoë', 'Grace', 'Linus', 'Edsger', 'Barbara', 'Alan', 'Radia', 'Niklaus', 'Frances']
const lastNames = ['Lovelace', 'Goldshtein', 'Hopper', 'Liskov', 'Perlman', 'Wirth', 'Allen']
const adjectives = ['Oak', 'Folding', 'Velvet', 'Steel', 'Tall', 'Quiet', 'Round', 'Northern', 'Plain']
const things = ['table', 'couch', 'lamp', 'chair', 'shelf', 'glass', 'binder', 'desk']
const openings = ['Rather', 'Surprisingly', 'Not quite as I hoped, but', 'Exactly what I wanted:', 'After a year still']
const verdicts = ['worth the money', 'too heavy to carry', 'easy to put together', 'loved by the "whole" family']
