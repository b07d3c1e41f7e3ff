export { readRecommendationsSettings } from './config.ts'
export { startRecommendations } from './startRecommendations.ts'
