import type { Clock } from '../../lib/ports.ts'
import type { Observations } from './observations.ts'
import type { Unanswered } from './probe.ts'
import type { ProbeChat } from './probe-chat.ts'
import { PROBES } from './probes.ts'

/** How many messages are sent. */
export const MESSAGES = PROBES.length

/**
 * Sends messages to the test user and looks what becomes of them. Every message is closed before it returns, whatever goes
 * wrong and however it ends.
 */
export const observe = async (
  chat: ProbeChat,
  clock: Clock,
  onProbe: (about: string) => void,
): Promise<Observations> => {
  let seen: Seen = {}
  let leftOpen: readonly string[] = []
  try {
    for (const [index, probe] of PROBES.entries()) {
      onProbe(probe.about)
      const opening = `Doctor, message ${index + 1} of ${MESSAGES}: ${probe.about}. `
      const { answer, msgKey } = await chat.open(opening)
      if (msgKey === undefined) {
        seen = { ...seen, refused: answer }
        break
      }
      seen = withProbe(seen, probe.about, await probe.run(chat, { msgKey, opening }, clock))
      await chat.close(msgKey)
    }
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    seen = { ...seen, stopped: true }
  } finally {
    leftOpen = await chat.closeAll()
  }
  return { ...seen, leftOpen }
}

type Seen = Omit<Observations, 'leftOpen'>

const withProbe = (seen: Seen, about: string, came: Partial<Observations> | Unanswered): Seen =>
  'answer' in came
    ? { ...seen, unanswered: [...(seen.unanswered ?? []), { about, answer: came.answer }] }
    : { ...seen, ...came }
