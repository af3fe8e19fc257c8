import { matchApplied } from '../../lib/core/reply/match-applied.ts'
import { unsentMessage, unsentProgress } from '../../lib/core/reply/message.ts'
import { MAX_MESSAGES, planChunk } from '../../lib/core/reply/plan-chunk.ts'
import type { MsgKey } from '../../lib/core/reply/reply.ts'
import { alignPieces } from '../../lib/core/text/align-pieces.ts'
import { advanceFence, NO_FENCE } from '../../lib/core/text/fence.ts'
import { textBuffer } from '../../lib/reply/text-buffer.ts'
import { expressionsOfLib, slowestMs } from '../../test/support/regular-expressions.ts'
import { hardScripts, hardText, inPiecesOf } from '../../test/support/texts.ts'
import type { Context } from '../context.ts'
import { median } from '../statistics.ts'

/** CPU time of each piece of work on 256 KiB of one script, in ms; medians. */
export interface ScriptFigures {
  readonly script: string
  readonly units: number
  /** `alignPieces` in one piece, in pieces of one character, in 38,000 pieces. */
  readonly alignOneMs: number
  readonly alignCharactersMs: number
  readonly alignPiecesMs: number
  /** Taken as it arrives, in pieces of one character, and sent piece by piece. */
  readonly queueMs: number
  /** All chunks planned; each of its messages read back. */
  readonly planMs: number
  readonly matchMs: number
  /** The state of fences after each character. */
  readonly fenceMs: number
}

export interface TextResult {
  readonly scripts: readonly ScriptFigures[]
  readonly expressions: number
  readonly slowestExpression: { readonly place: string; readonly ms: number }
}

const BYTES = 262_144
const MESSAGE_BYTES = 11_264
const key = '1_2_3' as MsgKey

/** What work on text costs in scripts of all kinds, and the slowest regular expression; no call is made. */
export const text = async ({ mode, repeats, say }: Context): Promise<TextResult> => {
  const times = mode === 'quick' ? 2 : repeats
  const scripts = hardScripts.map((script) => figuresOf(script, times))
  say('256 KiB of each script')
  const found = expressionsOfLib().map(({ place, expression }) => ({
    place,
    ms: slowestMs(expression, 100_000, 1_000),
  }))
  const [slowest = { place: 'none', ms: 0 }] = found.sort((a, b) => b.ms - a.ms)
  say('regular expressions')
  return { scripts, expressions: found.length, slowestExpression: slowest }
}

const figuresOf = (script: string, times: number): ScriptFigures => {
  const whole = hardText(script, BYTES)
  const characters = inPiecesOf(whole, 1)
  const many = inPiecesOf(whole, Math.ceil(whole.length / 38_000))
  const cost = (work: () => void) => {
    work()
    return median(Array.from({ length: times }, () => cpuMs(work)))
  }
  return {
    script,
    units: whole.length,
    alignOneMs: cost(() => alignPieces([whole])),
    alignCharactersMs: cost(() => alignPieces(characters)),
    alignPiecesMs: cost(() => alignPieces(many)),
    queueMs: cost(() => queue(characters)),
    planMs: cost(() => plan(whole, () => {})),
    matchMs: cost(() => plan(whole, readBack)),
    fenceMs: cost(() => characters.reduce(advanceFence, NO_FENCE)),
  }
}

const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

const queue = (pieces: readonly string[]): void => {
  for (const merge of [true, false]) {
    const buffer = textBuffer(merge)
    for (const piece of pieces) buffer.append(piece)
    buffer.finish()
    while (buffer.pending() !== '') buffer.take(Math.min(buffer.pending().length, 4_096))
  }
}

interface Message {
  readonly unsent: string
  readonly reopen: string
  readonly text: string
}

/** Plans all chunks of a text that is known whole. */
const plan = (whole: string, onMessage: (message: Message) => void): void => {
  let unsent = whole
  let message = unsentMessage()
  for (let messages = 1; messages <= MAX_MESSAGES; messages += 1) {
    const lastMessage = messages === MAX_MESSAGES
    const draft = { message, ended: true, holdBack: true, limitBytes: MESSAGE_BYTES, lastMessage }
    const chunk = planChunk({ ...draft, pending: unsent })
    if (chunk === undefined || chunk.ends === 'reply') return
    onMessage({ unsent, reopen: message.reopen, text: chunk.text })
    unsent = unsent.slice(chunk.taken)
    message = unsentMessage(chunk.reopen)
  }
}

const readBack = ({ unsent, reopen, text }: Message): void => {
  const shown = { msgKey: key, chunks: [text], finished: true }
  const matched = matchApplied(
    { ...unsentProgress(0), message: unsentMessage(reopen) },
    unsent,
    shown,
  )
  if (matched === undefined) throw new Error('A message that was read back is not recognised.')
}
