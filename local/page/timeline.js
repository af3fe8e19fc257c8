import { byId, draw, make, setText } from './dom.js'
import { knownReplies, withCalls } from './reply-calls.js'
import { state } from './state.js'

/** @typedef {import('./reply-calls.js').ShownReply} ShownReply */

const pick = byId('pick')
/** The reply that was picked; the newest while nobody picks one. @type {string | undefined} */
let picked

pick.addEventListener('change', () => {
  picked = pick.value === knownReplies().at(-1)?.replyId ? undefined : pick.value
  showTimeline()
})

const seconds = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
const millis = (/** @type {number} */ ms) => (ms < 1000 ? `${Math.round(ms)} ms` : seconds(ms))

const clock = (/** @type {number} */ ms) => new Date(ms).toLocaleTimeString('en-GB')

/** @param {ReturnType<typeof knownReplies>} replies @param {string} shownId */
const showPicker = (replies, shownId) => {
  const ids = replies.map(({ replyId }) => replyId).join('\n')
  if (pick.dataset.ids !== ids) {
    pick.dataset.ids = ids
    pick.replaceChildren(
      ...replies.map(({ replyId, startMs }, index) =>
        make('option', { value: replyId }, `${index + 1}, ${clock(startMs)}`),
      ),
    )
  }
  pick.value = shownId
}

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

/** @param {ShownReply} reply */
const showFigures = (reply) => {
  const figures = byId('figures')
  for (const [index, [name, value]] of figuresOf(reply).entries()) {
    const box = figures.children[index] ?? make('div', {}, make('dt', {}, name), make('dd'))
    if (box.parentNode === null) figures.append(box)
    setText(box.lastElementChild, value)
  }
}

const CHART = { height: 112, top: 10, bottom: 24 }
const labels = {
  ok: 'applied',
  doubt: 'in doubt',
  refused: 'refused',
  read: 'reads back',
  open: 'under way',
}

/** A step that gives four to eight marks. @param {number} spanMs */
const stepMs = (spanMs) =>
  [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000].find(
    (step) => spanMs / step <= 8,
  ) ?? 300_000

/** @param {ShownReply} reply */
const showChart = ({ replyId, calls }) => {
  const chart = byId('chart')
  const width = Math.max(chart.clientWidth, 200)
  const spanMs = Math.max(2000, (calls.at(-1)?.toMs ?? 0) * 1.02)
  const x = (/** @type {number} */ ms) => (Math.max(ms, 0) / spanMs) * width
  const floor = CHART.height - CHART.bottom
  const mostChars = Math.max(1, ...calls.map(({ chars }) => chars))
  const step = stepMs(spanMs)
  const marks = Array.from({ length: Math.ceil(spanMs / step) }, (_, index) => index * step)
  const start = replyId.startsWith('turn:') ? 'asked' : 'begun'
  const drawing = draw(
    'svg',
    {
      viewBox: `0 0 ${width} ${CHART.height}`,
      width,
      height: CHART.height,
      role: 'img',
      'aria-label': `${calls.length} calls over ${seconds(calls.at(-1)?.toMs ?? 0)}; the table below has each of them`,
    },
    ...marks.flatMap((ms) => [
      draw('line', { class: 'grid', x1: x(ms), x2: x(ms), y1: CHART.top, y2: floor }),
      draw(
        'text',
        { class: 'mark', x: x(ms) + (ms === 0 ? 0 : 3), y: CHART.height - 8 },
        ms === 0 ? start : x(ms) > width - 30 ? '' : `${ms / 1000} s`,
      ),
    ]),
    draw('line', { class: 'floor', x1: 0, x2: width, y1: floor, y2: floor }),
    ...calls.flatMap((call) => {
      const high = 8 + (floor - CHART.top - 8) * (call.chars / mostChars)
      const left = x(call.fromMs)
      const title = draw(
        'title',
        {},
        `call ${call.number}: ${call.chars} characters, ${call.words}`,
      )
      const wide = Math.max(2.5, x(call.toMs) - left)
      const bar = {
        class: `bar ${call.kind}`,
        x: left,
        y: floor - high,
        width: wide,
        height: high,
        rx: 1.5,
      }
      return [
        ...(call.nextMessage
          ? [draw('line', { class: 'next', x1: left - 2, x2: left - 2, y1: 0, y2: floor })]
          : []),
        draw('rect', bar, title),
      ]
    }),
  )
  chart.replaceChildren(drawing)
  const kinds = Object.entries(labels).filter(([kind]) => calls.some((call) => call.kind === kind))
  const entries = kinds.map(([kind, label]) => make('li', { class: kind }, label))
  if (calls.some(({ nextMessage }) => nextMessage))
    entries.push(make('li', { class: 'next' }, 'next message'))
  byId('legend').replaceChildren(
    ...entries,
    make('li', { class: 'how' }, 'width: time under way, height: characters'),
  )
}

/** @param {ShownReply} reply */
const showTable = ({ calls }) => {
  const body = byId('calls')
  const box = byId('calls-box')
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40
  while (body.childElementCount > calls.length) body.lastElementChild.remove()
  for (const [index, call] of calls.entries()) {
    const row =
      body.children[index] ?? make('tr', {}, ...Array.from({ length: 5 }, () => make('td')))
    if (row.parentNode === null) body.append(row)
    row.className = call.kind
    const cells = [
      String(call.number),
      seconds(call.fromMs),
      call.underWay ? '…' : millis(call.toMs - call.fromMs),
      call.kind === 'read' ? '' : String(call.chars),
      call.words,
    ]
    for (const [column, text] of cells.entries()) setText(row.children[column], text)
  }
  if (atEnd) box.scrollTop = box.scrollHeight
}

/** @param {any} stored */
const showRecord = (stored) => {
  const record = byId('record')
  record.hidden = stored === undefined
  if (stored === undefined) return
  setText(byId('record-name'), `${stored.item.pk}, as it stands in the table`)
  setText(record, JSON.stringify(stored.item, undefined, 2))
}

/** @param {any} stored */
const showStatus = (stored) => {
  const status = byId('status')
  status.hidden = stored === undefined
  setText(status, stored?.status ?? '')
  status.dataset.status = stored?.status ?? ''
}

/** Shows the picked reply, else the newest. */
export const showTimeline = () => {
  const replies = knownReplies()
  const nothing = replies.length === 0
  byId('nothing').hidden = !nothing
  byId('figures').hidden = nothing
  // The calls to the real service pass by elsewhere.
  const unseen = nothing || !state.place().simulated
  for (const id of ['chart', 'legend', 'calls-box']) byId(id).hidden = unseen
  pick.parentElement.hidden = replies.length < 2
  const found = replies.findIndex(({ replyId }) => replyId === picked)
  const at = found < 0 ? replies.length - 1 : found
  const chosen = replies[at]
  showStatus(chosen?.stored)
  showRecord(chosen?.stored)
  if (chosen === undefined) return
  const reply = withCalls(chosen, replies[at + 1]?.startMs ?? Infinity)
  showPicker(replies, chosen.replyId)
  showFigures(reply)
  showChart(reply)
  showTable(reply)
}

/** Shows what the functions warned of. */
export const showNotices = () => {
  const notices = state.notices()
  byId('notices-card').hidden = notices.length === 0
  const list = byId('notices')
  if (list.childElementCount === notices.length) return
  list.replaceChildren(
    ...notices.map(({ functionName, text }) =>
      make('li', {}, make('strong', {}, functionName), ` ${text}`),
    ),
  )
}
