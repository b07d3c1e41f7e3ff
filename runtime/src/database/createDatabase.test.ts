import { expect, test } from '@jest/globals'
import { createStopStack } from '../process/Running.ts'
import { createTestDatabase } from '../testing/createTestDatabase.ts'
import { startPostgresDoor } from '../testing/startPostgresDoor.ts'
import { createDatabase } from './createDatabase.ts'

test.each([1, 2])('rejects when the server hangs up after %i answers, and ends nothing', async (answers) => {
  const stack = createStopStack()
  try {
    const database = await createTestDatabase()
    stack.add({ stop: database.drop })
    const { url, turnAwayAfter } = stack.add(await startPostgresDoor(database.url))
    turnAwayAfter(answers)
    await expect(createDatabase({ url, name: 'never_made' })).rejects.toThrow(/terminat|not queryable/)
  } finally {
    await stack.stop()
  }
})
