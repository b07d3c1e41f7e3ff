export { type ComputeSettings, readComputeSettings } from './config.ts'
export { type ComputeOptions, type RunningCompute, startCompute } from './startCompute.ts'
