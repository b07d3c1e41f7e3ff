export { type DevelopmentKeys, openDevelopmentKeys } from './developmentKeys.ts'
export { type Identity, mayReadUser, serviceScope, usersReadScope } from './Identity.ts'
export { openSubgraphSecret } from './openSubgraphSecret.ts'
export { revocationStream, revocationsPath } from './revokeToken.ts'
export {
  createIdentitySigner,
  identityHeader,
  signIdentity,
  type VerifiedIdentity,
  verifyIdentity,
} from './signedIdentity.ts'
