import { parseQueueMessage } from '../../lib/core/conversation/queue-message.ts'
import { fieldsOf } from '../../lib/core/json.ts'

/** Why a turn has no answer, or not the one that its source began. */
export interface TurnTrouble {
  readonly functionName: string
  readonly sentence: string
  /** A code frame, or the stack of an error. */
  readonly details?: string
  /** Nobody tries again. */
  readonly final: boolean
}

/** What is known of a turn beside its record. */
interface TurnFacts {
  /** Which build of the functions answers, counted from 1. */
  readonly build: number
  /** True where the first invocation of a process answers. */
  readonly cold: boolean
  /** How often the worker was given this turn. */
  readonly tries: number
  readonly trouble?: TurnTrouble
}

/** Follows the turns that functions are given. */
export interface TurnWatch {
  began(event: unknown, how: Pick<TurnFacts, 'build' | 'cold'>): void
  /** Of every turn in the event. */
  failed(event: unknown, trouble: TurnTrouble): void
  troubled(replyId: string, trouble: TurnTrouble): void
  /** By `replyId`. */
  readonly turns: ReadonlyMap<string, TurnFacts>
}

export const turnWatch = (changed: () => void): TurnWatch => {
  const turns = new Map<string, TurnFacts>()
  const unseen: TurnFacts = { build: 1, cold: false, tries: 0 }
  const troubled = (replyId: string, trouble: TurnTrouble): void => {
    turns.set(replyId, { ...(turns.get(replyId) ?? unseen), trouble })
    changed()
  }
  return {
    turns,
    troubled,
    began(event, how) {
      for (const replyId of turnsOf(event)) {
        turns.set(replyId, { ...how, tries: (turns.get(replyId)?.tries ?? 0) + 1 })
      }
      changed()
    },
    failed(event, trouble) {
      for (const replyId of turnsOf(event)) troubled(replyId, trouble)
    },
  }
}

/** The turns among the messages of a queue's event. */
const turnsOf = (event: unknown): readonly string[] => {
  const { Records: records } = fieldsOf(event)
  if (!Array.isArray(records)) return []
  return records.flatMap((record) => {
    const message = parseQueueMessage(String(fieldsOf(record)['body']))
    return message?.kind === 'turn' ? [message.turn.replyId] : []
  })
}
