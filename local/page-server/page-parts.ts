import type { BuildPart } from '../stack/builds.ts'
import type { TurnWatch } from '../stack/turn-watch.ts'
import type { Parts } from './event-feed.ts'
import type { LocalChat } from './local-chat.ts'
import { callView, messagePart, type TicketPart } from './page-state.ts'
import type { GhostPart } from './plain-loop.ts'
import { scenarios } from './scenarios.ts'
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
  readonly build: () => BuildPart
  readonly turns: TurnWatch
  /** What a plain loop would have done, by the MsgKey of the user's message. */
  readonly ghosts: ReadonlyMap<string, GhostPart>
}

const NEWEST_CALLS = 300
const NEWEST_MESSAGES = 60
const NEWEST_NOTICES = 20
const NEWEST_TURNS = 60
const NEWEST_GHOSTS = 6

/** Everything that the page shows, in parts of which each is sent again only when it changes. */
export const pageParts = (options: PagePartsOptions) => (): Parts => {
  const { place, switches, chat, replies, notices, figures } = options
  const { build, turns, ghosts } = options
  const parts = new Map<string, string>()
  const put = (name: string, value: unknown): void => {
    parts.set(name, JSON.stringify(value))
  }

  put('place', place)
  put('settings', switches.settings())
  put('scenarios', scenarios)
  put('build', build())
  putNewest(put, 'turn', turns.turns, NEWEST_TURNS, (facts, replyId) => ({ replyId, ...facts }))
  putNewest(put, 'ghost', ghosts, NEWEST_GHOSTS, (ghost, msgKey) => ({ msgKey, ...ghost }))
  for (const reply of replies()) {
    put(`reply ${reply.replyId}`, { ...reply, figures: figures.get(reply.replyId) ?? {} })
  }
  if (chat !== undefined) putChat(put, chat)
  putNewest(put, 'notice', new Map(notices.entries()), NEWEST_NOTICES, (notice) => notice)
  return parts
}

type Put = (name: string, value: unknown) => void

const putChat = (put: Put, chat: LocalChat): void => {
  for (const message of chat.messages().slice(-NEWEST_MESSAGES)) {
    put(`message ${message.msgKey}`, messagePart(message, chat.saidAtMs.get(message.msgKey)))
  }
  const calls = new Map(chat.service.calls.entries())
  putNewest(put, 'call', calls, NEWEST_CALLS, (call, number) =>
    callView(call, number, chat.exchanges[number]?.pair ?? {}),
  )
}

/** Puts the last few of what has names of its own. */
const putNewest = <Name extends string | number, Value>(
  put: Put,
  kind: string,
  all: ReadonlyMap<Name, Value>,
  count: number,
  partOf: (value: Value, name: Name) => unknown,
): void => {
  for (const [name, value] of [...all].slice(-count)) put(`${kind} ${name}`, partOf(value, name))
}
