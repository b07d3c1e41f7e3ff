/** Where jest's global setup tells the suites which PostgreSQL server to use. */
export const testServerVariable = 'TRIBUTARY_TEST_DATABASE_SERVER'

/** The URL of a database of the test server. Throws outside jest. */
export function testServerUrl(): string {
  const url = process.env[testServerVariable]
  if (!url)
    throw new Error(`Expected ${testServerVariable} to be set: run the tests through jest, whose setup starts a server`)
  return url
}
