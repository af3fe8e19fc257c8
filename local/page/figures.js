import { byId, make, setText } from './dom.js'
import { millis } from './durations.js'
import { state } from './state.js'

/** @typedef {import('./reply-calls.js').ShownReply} ShownReply */
/** @typedef {{ name: string, value: string, about: string }} Figure */

const orDash = (/** @type {number | undefined} */ ms) => (ms === undefined ? '–' : millis(ms))

/** The longest time in which no text came in sight, from the question on. @param {ShownReply} reply */
const longestPauseOf = ({ calls, stored, startMs }) => {
  const texts = calls.filter(({ kind, applied }) => kind !== 'read' && applied)
  const pauses = texts.slice(1).map(({ toMs }, index) => toMs - (texts[index]?.toMs ?? toMs))
  const last = texts.at(-1)
  if (last !== undefined && stored?.status === 'open') pauses.push(Date.now() - startMs - last.toMs)
  return pauses.length === 0 ? undefined : Math.max(...pauses)
}

/** As the page saw the calls, in ms; where it sees none, as the functions published it. @param {ShownReply} reply */
const timesOf = (reply) => {
  const { stored, calls } = reply
  if (!state.place().simulated) {
    const { FirstTextMs, ReplyDurationMs, LagMs } = stored?.figures ?? {}
    return { firstMs: FirstTextMs, tookMs: ReplyDurationMs, pauseMs: LagMs }
  }
  const sends = calls.filter(({ kind }) => kind !== 'read')
  return {
    firstMs: sends.find(({ applied }) => applied)?.toMs,
    tookMs: sends.at(-1)?.toMs,
    pauseMs: longestPauseOf(reply),
  }
}

/** @param {ShownReply} reply @returns {Figure[]} */
const figuresOf = (reply) => {
  const { stored, calls, replyId } = reply
  const { firstMs, tookMs, pauseMs } = timesOf(reply)
  const sends = calls.filter(({ kind }) => kind !== 'read').length
  const progress = stored?.item.progress
  const facts = state.turn(replyId)
  const warmth = facts === undefined ? '' : facts.cold ? ', cold' : ', warm'
  const published = stored?.figures.LagMs
  return [
    {
      name: `First text${warmth}`,
      value: orDash(firstMs),
      about: `From the user’s message until the service had applied the first text: the model’s own wait, the queue, and half a round trip are in it. ${facts?.cold ? 'Cold: it was the first work of its process, which had every connection to make.' : 'Warm: its process had worked before.'}`,
    },
    {
      name: 'Longest pause',
      value: orDash(pauseMs),
      about: `The longest time in which users saw no new text, the time after a kill included.${published === undefined ? '' : ` The writer’s own figure LagMs, how long text waited for its call, is ${millis(published)}.`}`,
    },
    {
      name: 'Took',
      value: orDash(tookMs),
      about: 'From the user’s message to the end of the last call that sends.',
    },
    {
      name: 'Calls',
      value: String(sends || (progress?.calls ?? 0)),
      about:
        'Calls of send_stream_msg, those that failed included; they are numbered 1, 2, 3 below.',
    },
    {
      name: 'Read-backs',
      value: String(calls.length - sends),
      about:
        'Calls that read the message back after a lost answer; they are numbered R1, R2 below, and count in no budget of calls that send.',
    },
    {
      name: 'Again',
      value: String(progress?.retries ?? 0),
      about: 'Texts that were sent again, since the call before was not applied.',
    },
    {
      name: 'Lost',
      value: String(progress?.lostAnswers ?? 0),
      about: 'Calls whose answer never came.',
    },
    {
      name: 'In doubt',
      value: String(progress?.inDoubt ?? 0),
      about:
        'Texts of which nobody could tell in the end whether they were applied. 0 where the message can be read back.',
    },
    {
      name: 'Characters',
      value: String(progress?.sentChars ?? 0),
      about: 'Characters of the text that are known to be applied, in UTF-16 units.',
    },
  ]
}

/** Which figure explains itself. @type {number | undefined} */
let explained

/** @param {ShownReply} reply @param {number} index */
const explain = (reply, index) => {
  explained = explained === index ? undefined : index
  showFigures(reply)
}

/** Shows what the reply took, in figures; each one says what it is when it is pressed. @param {ShownReply} reply */
export const showFigures = (reply) => {
  const box = byId('figures')
  const figures = figuresOf(reply)
  for (const [index, { name, value }] of figures.entries()) {
    const figure =
      box.children[index] ??
      make(
        'button',
        { type: 'button', class: 'figure' },
        make('span', { class: 'name' }),
        make('span', { class: 'value' }),
      )
    if (figure.parentNode === null) box.append(figure)
    setText(figure.firstElementChild, name)
    setText(figure.lastElementChild, value)
    figure.onclick = () => explain(reply, index)
    figure.setAttribute('aria-expanded', String(index === explained))
  }
  const about = byId('figure-about')
  const shown = explained === undefined ? undefined : figures[explained]
  about.hidden = shown === undefined
  setText(about, shown === undefined ? '' : `${shown.name}: ${shown.about}`)
}
