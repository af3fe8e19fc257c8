import { byId, make, setText } from './dom.js'
import { millis } from './durations.js'
import { state } from './state.js'

/** @typedef {import('./reply-calls.js').ShownReply} ShownReply */

/** As the page saw the calls, in ms; where it sees none, as the functions published it. @param {ShownReply} reply */
const timesOf = ({ stored, calls }) => {
  if (!state.place().simulated) {
    return { firstMs: stored?.figures.FirstTextMs, tookMs: stored?.figures.ReplyDurationMs }
  }
  const sends = calls.filter(({ kind }) => kind !== 'read')
  const good = sends.find(({ kind, words }) => kind === 'ok' || words.includes('yet applied'))
  return { firstMs: good?.toMs, tookMs: sends.at(-1)?.toMs }
}

const orDash = (/** @type {number | undefined} */ ms) => (ms === undefined ? '–' : millis(ms))

/** @param {ShownReply} reply @returns {[string, string][]} */
const figuresOf = (reply) => {
  const { stored, calls } = reply
  const { firstMs, tookMs } = timesOf(reply)
  const sends = calls.filter(({ kind }) => kind !== 'read').length
  const progress = stored?.item.progress
  return [
    ['First text', orDash(firstMs)],
    ['Longest wait', orDash(stored?.figures.LagMs)],
    ['Took', orDash(tookMs)],
    ['Calls', String(sends || (progress?.calls ?? 0))],
    ['Again', String(progress?.retries ?? 0)],
    ['Answers lost', String(progress?.lostAnswers ?? 0)],
    ['Left in doubt', String(progress?.inDoubt ?? 0)],
    ['Characters', String(progress?.sentChars ?? 0)],
  ]
}

/** Shows what the reply took, in figures. @param {ShownReply} reply */
export const showFigures = (reply) => {
  const figures = byId('figures')
  for (const [index, [name, value]] of figuresOf(reply).entries()) {
    const box = figures.children[index] ?? make('div', {}, make('dt', {}, name), make('dd'))
    if (box.parentNode === null) figures.append(box)
    setText(box.lastElementChild, value)
  }
}
