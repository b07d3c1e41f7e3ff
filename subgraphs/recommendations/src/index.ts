export { readRecommendationsSettings } from './config.ts'
export { type RecommendationsOptions, startRecommendations } from './startRecommendations.ts'
