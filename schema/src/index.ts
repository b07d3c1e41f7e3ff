export { codedError } from './codedError.ts'
export { type ErrorCode, errorCodes } from './errorCodes.ts'
export { type SubgraphName, subgraphNames, subgraphSdl, supergraphPath } from './subgraphSdl.ts'
