import {
  type ChatTransport,
  readHttpAnswer,
  startedTooLate,
} from '../../lib/adapters/tencent/chat-transport.ts'
import type { SimulatedService } from './service.ts'

const noQuery = new URLSearchParams()

/**
 * Calls the simulated service without HTTP, with the time-out of the real transport in the service's own time. Bodies and
 * answers go through JSON, as on the wire.
 */
export const simulatedTransport =
  (service: SimulatedService, { timeoutMs = 5000 } = {}): ChatTransport =>
  async (command, body, signal, mayStart) => {
    if (signal?.aborted)
      return { kind: 'notSent', detail: 'The call was given up before it began.' }
    if (mayStart?.() === false) return startedTooLate
    const over = new AbortController()
    const end = (): void => over.abort('over')
    signal?.addEventListener('abort', end, { once: true })
    void service.clock.sleep(timeoutMs, over.signal).then(end)

    const asSent: unknown = JSON.parse(JSON.stringify(body))
    const outcome = await service.call(command, noQuery, asSent, over.signal)
    const gaveUp = over.signal.aborted
    end()
    signal?.removeEventListener('abort', end)
    switch (outcome.kind) {
      case 'answer':
        return readHttpAnswer(outcome.status, outcome.text, new Date(outcome.atMs).toUTCString())
      case 'dropped':
        return { kind: 'lost', detail: gaveUp ? 'No answer in time.' : 'The connection broke.' }
      case 'unreachable':
        return { kind: 'notSent', detail: 'No connection.' }
    }
  }
