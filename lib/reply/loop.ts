import { keptBack } from '../core/reply/keep-markdown.ts'
import type { InHand } from '../core/reply/move.ts'
import { namingAsker, wayOf } from '../core/reply/way.ts'
import { nextMove, startWriting, type Writing } from '../core/reply/writing.ts'
import { call } from './call.ts'
import { endWithoutText } from './end-early.ts'
import { endReply } from './end-reply.ts'
import { releaseLease } from './hand-over.ts'
import type { HeldReply } from './held.ts'
import { lagMeter } from './lag-meter.ts'
import { look } from './look.ts'
import { type Preparation, preparation } from './prepare-call.ts'
import { publishFigures, type Receipt } from './receipt.ts'
import type { ReplyText } from './reply-text.ts'
import { checkpointOf, type Session } from './session.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/**
 * Writes a held reply from where its record stands to its end: one call in flight, text that arrives meanwhile merged into the
 * next one, `Finish` on the last. Records its progress along the way, and stops at once when it loses the lease. Nothing that
 * the service or the source does makes it reject; rejects with `OutOfReach` when the store cannot record the end.
 */
export const writeReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  text: ReplyText,
): Promise<Receipt> => {
  const session: Session = {
    deps,
    settings,
    held,
    text,
    writing: begin(settings, held),
    endsEarly: false,
    settled: true,
    lag: lagMeter(),
  }
  held.lease.goOnFrom(checkpointOf(session))
  deps.openMessages?.refresh()
  const prepared = preparation(session)
  try {
    for (;;) {
      const mustLeave = await look(session)
      if (mustLeave !== undefined) return leave(session, mustLeave)
      const receipt = await move(session, prepared)
      if (receipt !== undefined) return receipt
    }
  } finally {
    text.close()
  }
}

/** Where the writer begins; a reply into a group names who asked, where its calls do not. */
const begin = (settings: WriterSettings, { record }: HeldReply): Writing => {
  const { progress, conversation } = record
  const way = wayOf(settings.ways, conversation, progress)
  return startWriting(namingAsker(progress, conversation, way), settings, way)
}

/** Makes the next move; the receipt, once the writer is done with the reply. */
const move = async (session: Session, prepared: Preparation): Promise<Receipt | undefined> => {
  const { deps, held } = session
  const inHand = inHandOf(session, prepared)
  if (inHand.pending !== '') session.lag.waiting(deps.clock.now())
  const next = nextMove(session.writing, inHand, deps.clock.now())
  switch (next.act) {
    case 'call': {
      const ready = await prepared.forCall(next.plan)
      if (ready !== undefined) await call(session, ready)
      return undefined
    }
    case 'wait':
      await held.waiting.forChange('allButText', next.ms)
      return undefined
    case 'keep':
      session.writing = keptBack(session.writing, next.chars, deps.clock.now())
      await held.waiting.forChange('text', next.ms)
      return undefined
    case 'idle':
      return idle(session, next.ms)
    case 'noText':
      endWithoutText(session)
      return undefined
    case 'end':
      return end(session)
    case 'unreachable':
      return leave(session, 'unreachable')
  }
}

const inHandOf = ({ settings, text }: Session, prepared: Preparation): InHand => ({
  pending: text.pending(),
  ended: text.ended(),
  holdBack: text.holdsBack,
  // A slot in hand is not wasted.
  ...(settings.smoothMarkdown && text.smooths
    ? { smooth: prepared.hasSlot() ? 'ifAny' : 'always' }
    : {}),
})

/** Nothing may be sent until more text comes. */
const idle = async (session: Session, ms?: number): Promise<Receipt | undefined> => {
  const { deps, held, text } = session
  if (text.whenIdle === 'wait') {
    // What renews the lease meanwhile records the newest place of the source with it.
    if (!text.survivesItsWriter) held.lease.goOnFrom(checkpointOf(session))
    await held.waiting.forChange('text', ms)
    return undefined
  }
  const now = checkpointOf(session)
  const released = await releaseLease(deps, held.record, now, text.pushes())
  if (released !== 'news') return leave(session, 'released')
  await held.lease.save(now)
  return undefined
}

const end = async (session: Session): Promise<Receipt> => {
  const { deps, held, text, writing } = session
  const { ending } = writing
  text.close()
  const reply = { ...held.record, progress: checkpointOf(session).progress }
  const { written, progress } = await endReply(deps, held, reply, ending)
  if (written !== 'ended') return leave(session, 'superseded')
  const receipt = { replyId: reply.replyId, how: written, progress, settled: true, ...ending }
  publishFigures(deps, held.record, receipt, session.lag.longestMs())
  return receipt
}

/** Leaves the reply open for another writer. */
const leave = (session: Session, how: Exclude<Receipt['how'], 'ended'>): Receipt => ({
  replyId: session.held.record.replyId,
  how,
  progress: checkpointOf(session).progress,
  settled: session.settled,
  status: 'open',
})
