import type { Parts } from './event-feed.ts'
import type { LocalChat } from './local-chat.ts'
import { callView, messagePart, type TicketPart } from './page-state.ts'
import type { StoredReply } from './stored-replies.ts'
import type { Switches } from './switches.ts'

/** Something a function said that its developer should see. */
export interface Notice {
  readonly atMs: number
  readonly functionName: string
  readonly text: string
}

/** Figures of a reply by the names of their metrics: `LagMs`. */
export type Figures = Readonly<Record<string, number>>

export interface PagePartsOptions {
  readonly place: TicketPart
  readonly switches: Switches
  readonly chat?: LocalChat
  readonly replies: () => readonly StoredReply[]
  readonly notices: readonly Notice[]
  /** By `replyId`. */
  readonly figures: ReadonlyMap<string, Figures>
}

const NEWEST_CALLS = 300
const NEWEST_MESSAGES = 60
const NEWEST_NOTICES = 20

/** Everything that the page shows, in parts of which each is sent again only when it changes. */
export const pageParts = (options: PagePartsOptions) => (): Parts => {
  const { place, switches, chat, replies, notices, figures } = options
  const parts = new Map<string, string>()
  const put = (name: string, value: unknown): void => {
    parts.set(name, JSON.stringify(value))
  }

  put('place', place)
  put('settings', switches.settings())
  for (const reply of replies()) {
    put(`reply ${reply.replyId}`, { ...reply, figures: figures.get(reply.replyId) ?? {} })
  }
  for (const message of chat?.service.rules.messages().slice(-NEWEST_MESSAGES) ?? []) {
    put(`message ${message.msgKey}`, messagePart(message, chat?.saidAtMs.get(message.msgKey)))
  }
  const calls = chat?.service.calls ?? []
  const firstCall = Math.max(0, calls.length - NEWEST_CALLS)
  for (const [index, call] of calls.slice(firstCall).entries()) {
    put(`call ${firstCall + index}`, callView(call))
  }
  const firstNotice = Math.max(0, notices.length - NEWEST_NOTICES)
  for (const [index, notice] of notices.slice(firstNotice).entries()) {
    put(`notice ${firstNotice + index}`, notice)
  }
  return parts
}
