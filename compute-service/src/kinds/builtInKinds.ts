import { forecastDemand } from './forecastDemand.ts'
import type { JobKind } from './JobKind.ts'
import { segmentCustomers } from './segmentCustomers.ts'
import { trainRecommendations } from './trainRecommendations.ts'

/** The kinds of this program. A new kind is a file beside this one, its task, and a line here. */
export const builtInKinds: readonly JobKind[] = [trainRecommendations, forecastDemand, segmentCustomers]
