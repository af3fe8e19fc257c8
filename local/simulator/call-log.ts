import { fieldsOf, parsedJson } from '../../lib/core/json.ts'
import type { Clock } from '../../lib/ports.ts'
import type { ServiceAnswer } from './answers.ts'
import type { Fault, FaultyCall } from './faults.ts'
import type { ChatRules } from './rules.ts'

/** One call as the service saw it. */
export interface SimulatedCall extends FaultyCall {
  /** When the caller began and when it heard or gave up, Unix milliseconds; the end is absent while the call is under way. */
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly applied: boolean
  readonly appliedAtMs?: number
  /** Of the message that the call is for; for a call that opens one, known once it is applied. */
  readonly msgKey?: string
  readonly from?: string
  readonly to?: string
  /** The chunk, for `send_stream_msg`. */
  readonly text?: string
  readonly finish: boolean
  readonly fault?: Fault
  /** The ErrorCode that the service decided on, whether or not its answer got through; absent before it has. */
  readonly code?: number
}

/** A call that the service is working on. */
export interface CallRecord {
  readonly call: SimulatedCall
  /** With its service: `openim/modify_c2c_msg`. */
  readonly fullCommand: string
  noteFault(fault: Fault | undefined): void
  noteDecision(answer: ServiceAnswer): void
  /** The service works on it no longer, whether or not the caller still waits. */
  noteGivenUp(): void
  noteEnd(): void
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] }

const stringOr = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const describe = (body: unknown): Partial<SimulatedCall> & { readonly finish: boolean } => {
  const { MsgKey, From_Account, To_Account, GroupId, MsgSeq, Chunk, Finish } = fieldsOf(body)
  const element = MsgKey === undefined ? elementOf(body) : {}
  // A group's message is named by its place, where it is there already.
  const isThere = GroupId !== undefined && From_Account === undefined && MsgSeq !== undefined
  const inGroup = isThere ? `${GroupId} ${MsgSeq}` : undefined
  const msgKey = stringOr(MsgKey) ?? element.streamId ?? inGroup
  const [from, to] = [From_Account, To_Account ?? GroupId].map(stringOr)
  const text = stringOr(Chunk) ?? element.text
  return {
    ...(msgKey !== undefined && { msgKey }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(text !== undefined && { text }),
    finish: Finish === 1 || element.finish === true,
  }
}

interface Element {
  readonly streamId?: string
  readonly text?: string
  readonly finish?: boolean
}

/** What the first element of a body says: a chunk of a native stream, or a whole text. */
const elementOf = (body: unknown): Element => {
  const { MsgContent } = fieldsOf(listOf(fieldsOf(body)['MsgBody'])[0])
  const { StreamMsgID, Chunks, Data, Text } = fieldsOf(MsgContent)
  const chunk = fieldsOf(listOf(Chunks)[0])
  const { chunks, isFinished } = fieldsOf(parsedJson(stringOr(Data) ?? ''))
  const whole = Array.isArray(chunks) ? chunks.join('') : undefined
  const streamId = stringOr(StreamMsgID)
  const text = stringOr(chunk['Markdown']) ?? whole ?? stringOr(Text)
  return {
    ...(streamId !== undefined && { streamId }),
    ...(text !== undefined && { text }),
    finish: chunk['IsLast'] === true || isFinished === 1,
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What an answer names a new message. */
const nameOf = ({ MsgKey, StreamMsgID, MsgSeq }: ServiceAnswer, to: string | undefined) =>
  stringOr(StreamMsgID) ?? MsgKey ?? (MsgSeq === undefined ? undefined : `${to} ${MsgSeq}`)

/** Writes down every call, and reports two at once for one message: nobody knows in which order they are applied. */
export const callLog = (rules: ChatRules, clock: Clock) => {
  const calls: SimulatedCall[] = []
  const counts = new Map<string, number>()
  const underWay = new Map<string, number>()

  const enter = (msgKey: string): void => {
    const others = underWay.get(msgKey) ?? 0
    if (others > 0) rules.report('overlap', `Two calls at once for message ${msgKey}.`, clock.now())
    underWay.set(msgKey, others + 1)
  }

  const leave = (msgKey: string): void => {
    const others = (underWay.get(msgKey) ?? 1) - 1
    if (others > 0) underWay.set(msgKey, others)
    else underWay.delete(msgKey)
  }

  const begin = (fullCommand: string, body: unknown): CallRecord => {
    const command = fullCommand.slice(fullCommand.lastIndexOf('/') + 1)
    const index = counts.get(command) ?? 0
    counts.set(command, index + 1)
    const call: Mutable<SimulatedCall> = {
      command,
      index,
      startedAtMs: clock.now(),
      applied: false,
      ...describe(body),
    }
    calls.push(call)
    const calledKey = call.msgKey
    let working = calledKey !== undefined
    if (calledKey !== undefined) enter(calledKey)
    const noteGivenUp = () => {
      if (working && calledKey !== undefined) leave(calledKey)
      working = false
    }

    return {
      call,
      fullCommand,
      noteFault(fault) {
        if (fault === undefined) return
        call.fault = fault
        if (fault.kind === 'code') call.code = fault.code
      },
      noteDecision(answer) {
        call.code = answer.ErrorCode
        if (answer.ErrorCode !== 0) return
        call.applied = true
        call.appliedAtMs = clock.now()
        const name = nameOf(answer, call.to)
        if (name !== undefined) call.msgKey ??= name
      },
      noteEnd() {
        call.endedAtMs = clock.now()
        noteGivenUp()
      },
      noteGivenUp,
    }
  }

  return { calls, begin }
}
