import { writeFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** One RS256 token for each of `count` users, good for two hours, and the file with the keys that verify them. */
export async function createTokens(count: number, jwksFile: string): Promise<string[]> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const key = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }
  writeFileSync(jwksFile, JSON.stringify({ keys: [key] }))
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      new SignJWT({ scope: 'users:read' })
        .setProtectedHeader({ alg: 'RS256', kid: 'bench' })
        .setSubject(`bench-${index}`)
        .setIssuedAt()
        .setExpirationTime('2h')
        .sign(privateKey),
    ),
  )
}
