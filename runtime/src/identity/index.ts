export { type Identity, mayReadUser, serviceScope, usersReadScope } from './Identity.ts'
export { identityHeader, signIdentity, type VerifiedIdentity, verifyIdentity } from './signedIdentity.ts'
