import type { SimulatedCall } from '../simulator/call-log.ts'
import type { MessageView } from '../simulator/messages.ts'
import type { Exchange } from './exchange.ts'

/** A call as the page shows it; times are Unix ms. */
export interface CallView extends Omit<SimulatedCall, 'fault' | 'text'> {
  /** Its place among all calls. */
  readonly number: number
  readonly chars: number
  /** Why nobody can tell from here whether it was applied: `dropAfter`; absent for an answer that came. */
  readonly fault?: string
}

const answersItself = new Set(['code'])

export const callView = (
  { fault, text = '', ...call }: SimulatedCall,
  number: number,
  pair: Exchange['pair'],
): CallView => ({
  ...pair,
  ...call,
  number,
  chars: text.length,
  ...(fault && !answersItself.has(fault.kind) && { fault: fault.kind }),
})

/** A message as the page shows it. */
export type MessagePart = Pick<
  MessageView,
  'msgKey' | 'from' | 'to' | 'streamed' | 'text' | 'finished'
> & {
  /** When the user wrote it, Unix ms; for the bot's messages in whole seconds. */
  readonly atMs: number
}

export const messagePart = (message: MessageView, atMs: number | undefined): MessagePart => {
  const { msgKey, from, to, streamed, text, finished, timeSeconds } = message
  return { msgKey, from, to, streamed, text, finished, atMs: atMs ?? timeSeconds * 1000 }
}

/** What the switches of the page stand at, and what they offer. */
export interface SettingsPart {
  readonly latencyMs: string
  readonly faults: string
  readonly source: string
  readonly trace: string
  readonly choices: Readonly<Record<'latencyMs' | 'faults' | 'source' | 'trace', readonly Choice[]>>
}

interface Choice {
  readonly value: string
  readonly label: string
  /** Where it belongs to others. */
  readonly group?: string
}

/** Where the page is, and whom it speaks with. */
export interface TicketPart {
  /** False where the functions talk to the real service, which shows nothing to this page. */
  readonly simulated: boolean
  readonly bot: string
  readonly user: string
  /** What a real application must be told, without the host. */
  readonly callbackPath: string
  readonly region: string
}
