import type { ServerResponse } from 'node:http'
import { type AnswerOperation, createHttpDoor } from '../../gateway/src/server/httpDoor.ts'
import { createOriginPolicy } from '../../gateway/src/server/originPolicy.ts'
import type { Room } from '../../gateway/src/server/Room.ts'
import { type RunningHttpServer, startHttpServer } from '../../gateway/src/server/startHttpServer.ts'
import { toGraphql } from './startWarming.ts'

/**
 * Tests of the suite that expect no `cache-control`. Our door says `no-store` wherever Apollo Server says nothing, on purpose: a cache
 * before us must not guess what it may keep of an answer to a POST or a GET.
 */
const withoutCacheControl = [
  'cache-control runs when cache-control is disabled',
  'cache-control not set without any hints with if-cacheable',
]

/** Our HTTP server and door, as the suite asks them. */
export function startSuiteServer(options: {
  room: Room
  answerOperation: AnswerOperation
}): Promise<RunningHttpServer> {
  const origins = createOriginPolicy({ origins: [], allowStudio: false })
  const door = createHttpDoor({ ...options, origins, pages: new Map() })
  return startHttpServer({
    port: 0,
    host: '127.0.0.1',
    answer(request, response) {
      if (isAskingForNoCacheControl()) hideNoStore(response)
      request.url = toGraphql(request.url)
      door.answer(request, response)
    },
    upgrade: (_request, socket) => void socket.destroy(),
    ...(!isAskingForNoCacheControl() && {
      plain: { maxBodyBytes: options.room.limits.maxBodyBytes, answer: door.answerPlain },
    }),
  })
}

function isAskingForNoCacheControl(): boolean {
  const { currentTestName = '' } = expect.getState()
  return withoutCacheControl.some((name) => currentTestName.endsWith(name))
}

/** As the answer would be without our default. */
function hideNoStore(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response)
  response.setHeader = (name, value) =>
    name === 'cache-control' && value === 'no-store' ? response : setHeader(name, value)
}
