import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite'
import { aroundApolloServer } from './aroundApolloServer.ts'
import { createBothDoors } from './bothDoors.ts'

describe('the HTTP door around any Apollo Server', () => {
  defineIntegrationTestSuite(aroundApolloServer, { noIncrementalDelivery: true })
})

describe('both doors, over our executor', () => {
  const doors = createBothDoors()
  defineIntegrationTestSuite(doors.createServer, { noIncrementalDelivery: true })

  test('of the requests that our executor could answer, the fast door answered what has no errors and is no GET or batch', () => {
    expect(doors.counts()).toEqual({ all: 120, plain: 54, fast: 39, serversAround: 121 })
  })
})
