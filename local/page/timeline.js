import { showChart } from './chart.js'
import { byId, make, setText } from './dom.js'
import { millis, seconds } from './durations.js'
import { showFigures } from './figures.js'
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
  const why = stored?.item.failure?.detail ?? ''
  byId('failure').hidden = why === ''
  setText(byId('failure'), why)
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
