import type { TrainRecommendationsInput, TrainRecommendationsOutput } from '../kinds/trainRecommendations.ts'
import type { PublishModelInput, Task } from '../runners/TaskIo.ts'
import { taskError } from '../runners/taskError.ts'
import { createWork, type Work } from './createWork.ts'
import { choiceUnits, chooseRegularisation } from './ease/chooseRegularisation.ts'
import { drawRankings, type Ranking } from './ease/drawRankings.ts'
import { type Ease, easeUnits, fitEase } from './ease/fitEase.ts'
import { holdOutNewest } from './ease/holdOutNewest.ts'
import { fitItemKnn, itemKnnUnits } from './ease/itemKnn.ts'
import { measureRanking, type RankingMetrics } from './ease/measureRanking.ts'
import { createPurchaseMatrix, type PurchaseMatrix } from './ease/PurchaseMatrix.ts'
import { pickTop } from './ease/pickTop.ts'
import { type Interactions, readInteractions } from './ease/readInteractions.ts'
import { unitsPerScore } from './ease/unitsPerScore.ts'

/** How many products are recommended to a user: the most that `User.recommendations` can ask for. */
const recommendationsPerUser = 50

/** How many of the products that sell best are shown in the result, and with how many similar ones. */
const exampleCount = 20
const similarPerExample = 10

/** The largest matrix that is inverted: 2 × 128 MB, and 4 minutes with the choice of the regularisation. */
const maxMatrixSize = 4_000

/**
 * Trains EASE (see `fitEase`) on who bought what and publishes it under the job's number. First it is measured: each user's newest
 * fifth of purchases is held out, the model trained on the rest is asked for them, and so are what sells best and the products most similar
 * to the user's (`fitItemKnn`). Where the regularisation is not given, it is chosen within that rest, so that the figures are of purchases
 * which nothing was fitted to. What is published is then trained on all. `chart.svg` has the figures as bars.
 */
export const trainRecommendations: Task<TrainRecommendationsInput, TrainRecommendationsOutput> = async (input, io) => {
  io.progress(0, 'Reading purchases')
  const interactions = readInteractions(await io.readPurchases())
  checkSize(interactions)
  const { histories, productIds, userIds } = interactions
  const { kept, heldOut } = holdOutNewest(histories)
  if (heldOut.every((products) => products.length === 0)) {
    throw taskError({
      message: 'Expected customers who bought at least two different products, got none',
      isRetryable: false,
    })
  }
  const all = createPurchaseMatrix(histories, productIds.length)
  const isGiven = input.regularisation !== undefined && input.regularisation !== null
  const work = createWork(io, {
    totalUnits:
      (isGiven ? 0 : choiceUnits(kept, productIds.length)) +
      2 * easeUnits(all) +
      itemKnnUnits(all) +
      scoreCount(all) *
        (2 * unitsPerScore.ease + unitsPerScore.popularity + unitsPerScore.itemKnn + unitsPerScore.similar),
    from: 0.05,
    to: 0.95,
  })
  const regularisation = isGiven
    ? Number(input.regularisation)
    : await chooseRegularisation(kept, productIds.length, work)
  const training = createPurchaseMatrix(kept, productIds.length)
  const measured = await measure({ training, heldOut, regularisation, work })

  work.begin(`Training on ${all.interactions} purchases`)
  const ease = await fitEase(all, regularisation, work.advance)
  work.begin('Ranking products')
  const model = await rank({ ease, all, interactions, neighbours: input.neighbours, version: io.jobNumber, work })
  io.progress(0.95, 'Publishing the model')
  const served = (await io.publishModel(model)) === io.jobNumber
  const measuredUsers = heldOut.filter((products) => products.length > 0).length
  io.keepFile('chart.svg', drawRankings(rankingsOf(measured), measuredUsers))
  io.progress(1, 'Done')
  return {
    version: io.jobNumber,
    served,
    users: userIds.length,
    products: productIds.length,
    interactions: all.interactions,
    regularisation,
    ...measured,
    examples: examples(model, all, productIds),
  }
}

function checkSize({ userIds, productIds }: Interactions): void {
  if (userIds.length === 0) throw taskError({ message: 'There are no purchases to learn from', isRetryable: false })
  if (Math.min(userIds.length, productIds.length) > maxMatrixSize) {
    throw taskError({
      message: `Expected at most ${maxMatrixSize} users or at most ${maxMatrixSize} products, got ${userIds.length} and ${productIds.length}`,
      isRetryable: false,
    })
  }
}

function scoreCount(matrix: PurchaseMatrix): number {
  return matrix.productsOf.length * matrix.buyersOf.length
}

async function measure(options: {
  training: PurchaseMatrix
  heldOut: readonly (readonly number[])[]
  regularisation: number
  work: Work
}): Promise<Measured> {
  const { training, heldOut, work } = options
  work.begin('Measuring on held-out purchases')
  const ease = await fitEase(training, options.regularisation, work.advance)
  const itemKnnScores = await fitItemKnn(training, work.advance)
  const known = training.productsOf
  const advanceBy = (units: number) => () => work.advance(training.buyersOf.length * units)
  const popularity = buyerCounts(training)
  return {
    metrics: await measureRanking({ known, heldOut, scoresOf: ease.scoresFor, advance: advanceBy(unitsPerScore.ease) }),
    popularityMetrics: await measureRanking({
      known,
      heldOut,
      scoresOf: () => popularity,
      advance: advanceBy(unitsPerScore.popularity),
    }),
    itemKnnMetrics: await measureRanking({
      known,
      heldOut,
      scoresOf: itemKnnScores,
      advance: advanceBy(unitsPerScore.itemKnn),
    }),
  }
}

type Measured = { metrics: RankingMetrics; popularityMetrics: RankingMetrics; itemKnnMetrics: RankingMetrics }

function rankingsOf({ metrics, popularityMetrics, itemKnnMetrics }: Measured): Ranking[] {
  return [
    { name: 'EASE', metrics },
    { name: 'What sells best', metrics: popularityMetrics },
    { name: 'Item-kNN', metrics: itemKnnMetrics },
  ]
}

async function rank(options: {
  ease: Ease
  all: PurchaseMatrix
  interactions: Interactions
  neighbours: number
  version: number
  work: Work
}): Promise<PublishModelInput> {
  const { ease, all, work } = options
  const { userIds, productIds } = options.interactions
  const model: PublishModelInput = { version: options.version, users: [], products: [] }
  for (const [user, userId] of userIds.entries()) {
    const bought = new Set(all.productsOf[user])
    const scores = ease.scoresFor(user)
    const top = pickTop(scores, recommendationsPerUser, { floor: 0, isExcluded: (product) => bought.has(product) })
    if (top.length > 0) model.users.push({ userId, ...list(top, scores) })
    await work.advance(productIds.length * unitsPerScore.ease)
  }
  for (const [product, productId] of productIds.entries()) {
    const weights = ease.weightsFrom(product)
    const top = pickTop(weights, options.neighbours, { floor: 0 })
    if (top.length > 0) model.products.push({ productId, ...list(top, weights) })
    await work.advance(userIds.length * unitsPerScore.similar)
  }
  return model

  /** Six digits are more than the order of a list needs, and halve what is sent. */
  function list(top: readonly number[], scores: Float64Array): { productIds: string[]; scores: number[] } {
    return {
      productIds: top.map((product) => productIds[product]),
      scores: top.map((product) => Number(scores[product].toPrecision(6))),
    }
  }
}

function examples(
  model: PublishModelInput,
  all: PurchaseMatrix,
  productIds: readonly string[],
): TrainRecommendationsOutput['examples'] {
  const lists = new Map(model.products.map((list) => [list.productId, list]))
  return pickTop(buyerCounts(all), exampleCount).map((product) => {
    const productId = productIds[product]
    const list = lists.get(productId)
    const similar = list?.productIds.slice(0, similarPerExample) ?? []
    return { productId, similar: similar.map((id, index) => ({ productId: id, score: list?.scores[index] ?? 0 })) }
  })
}

function buyerCounts(matrix: PurchaseMatrix): number[] {
  return matrix.buyersOf.map((buyers) => buyers.length)
}
