import { got, type RequestError, type Response, TimeoutError } from 'got'
import { z } from 'zod'
import type { FunctionKind } from '../../kinds/JobKind.ts'
import { maxResultBytesOf } from '../../kinds/maxResultBytesOf.ts'
import type { Attempt } from '../../ledger/Job.ts'
import { signMessage } from '../../signing/signMessage.ts'
import { resultTooLarge } from '../resultTooLarge.ts'
import type { TaskOutcome } from '../ThreadMessage.ts'

/** What a function answered: the end of the attempt, or that it reports by callback. */
export type FunctionAnswer = TaskOutcome | { kind: 'accepted' }

/** Which request this is: one message for each attempt. */
export function messageIdOf({ id, attempt }: Attempt): string {
  return `${id}.${attempt}`
}

/** The headers of a request to a function about an attempt. `Idempotency-Key` is the same for all attempts of a job. */
export function functionHeaders(attempt: Attempt, body: string, secret: string): Record<string, string> {
  return {
    ...signMessage({ id: messageIdOf(attempt), body, secret }),
    'idempotency-key': attempt.id,
    'tributary-attempt': String(attempt.attempt),
  }
}

/**
 * Gives the job to its function: 200 and JSON are its output, 202 means that it reports to `callbackUrl`, 400 and 422 refuse the input. Asks
 * again, twice, when no connection comes about or breaks, and after a 5xx; not after a timeout, since the function may be at work.
 * Follows no redirect. Never throws.
 */
export async function callFunction(options: {
  kind: FunctionKind
  input: unknown
  attempt: Attempt
  maxAttempts: number
  callbackUrl: string
  signal: AbortSignal
}): Promise<FunctionAnswer> {
  const { kind, input, attempt, maxAttempts, callbackUrl, signal } = options
  const { url, secret, answerWithinMs, reportWithinMs } = kind.endpoint
  const maxBytes = maxResultBytesOf(kind)
  const body = JSON.stringify({
    jobId: attempt.id,
    kind: kind.name,
    attempt: attempt.attempt,
    maxAttempts,
    input,
    callbackUrl,
    timeoutMs: kind.timeoutMs,
    reportWithinMs,
  })
  const tooLarge = new AbortController()
  try {
    const request = got.post(url, {
      body,
      headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'tributary' },
      signal: AbortSignal.any([signal, tooLarge.signal]),
      followRedirect: false,
      throwHttpErrors: false,
      // What is measured is what is kept.
      decompress: false,
      timeout: {
        lookup: 3_000,
        connect: 3_000,
        secureConnect: 5_000,
        send: 10_000,
        response: answerWithinMs,
        request: answerWithinMs + 30_000,
      },
      retry: {
        limit: 2,
        methods: ['POST'],
        statusCodes: [500, 502, 503, 504],
        errorCodes: ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'ENETUNREACH', 'EAI_AGAIN'],
        maxRetryAfter: 2_000,
        // 200 ms, then 400 ms, unless the function says how long it takes: who is away for longer costs the attempt.
        calculateDelay: ({ attemptCount, computedValue, error }) => {
          if (computedValue === 0 || mayBeAtWork(error)) return 0
          return error.response?.headers['retry-after'] ? computedValue : 200 * 2 ** (attemptCount - 1)
        },
      },
      hooks: {
        // Signed anew for each try: a signature is soon too old.
        beforeRequest: [(request) => void Object.assign(request.headers, functionHeaders(attempt, body, secret))],
      },
    })
    request.on('downloadProgress', ({ transferred }) => {
      if (transferred > maxBytes) tooLarge.abort()
    })
    return readAnswer(await request)
  } catch (error) {
    if (tooLarge.signal.aborted) {
      return { kind: 'failed', error: resultTooLarge(`more than ${maxBytes}`, maxBytes), isRetryable: false }
    }
    return failed({ code: 'SERVICE_UNAVAILABLE', message: 'The function does not answer', log: String(error) })
  }
}

function mayBeAtWork(error: RequestError): boolean {
  return error instanceof TimeoutError && !['lookup', 'connect', 'secureConnect'].includes(error.event)
}

function readAnswer({ statusCode, body }: Response<string>): FunctionAnswer {
  switch (statusCode) {
    case 202:
      return { kind: 'accepted' }
    case 200: {
      const output = parseJson(body)
      if (output.success) return { kind: 'succeeded', resultJson: JSON.stringify(output.data), files: [] }
      return failed({ message: 'The function did not answer with JSON', log: body.slice(0, 500) })
    }
    case 400:
    case 422: {
      const refusal = refusalShape.safeParse(parseJson(body).data)
      const message = refusal.data?.message ?? 'The function refused the input'
      return failed({ message: message.slice(0, maxMessageLength), isRetryable: false, log: `${statusCode}` })
    }
    default:
      return failed({ message: 'The function failed', log: `${statusCode} ${body.slice(0, 500)}` })
  }
}

const maxMessageLength = 500

const refusalShape = z.object({ message: z.string().min(1) })

function failed(failure: { code?: string; message: string; isRetryable?: boolean; log: string }): TaskOutcome {
  const { code = 'JOB_FAILED', message, isRetryable = true, log } = failure
  return { kind: 'failed', error: { code, message }, isRetryable, log }
}

function parseJson(text: string): { success: boolean; data?: unknown } {
  try {
    return { success: true, data: JSON.parse(text) }
  } catch {
    return { success: false }
  }
}
