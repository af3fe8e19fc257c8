import { showChart } from './chart.js'
import { byId, make, setText } from './dom.js'
import { clock, millis, seconds } from './durations.js'
import { showFigures } from './figures.js'
import { inspect } from './inspector.js'
import { knownReplies, withCalls } from './reply-calls.js'
import { state } from './state.js'

/** @typedef {import('./reply-calls.js').ShownReply} ShownReply */

const pick = byId('pick')
/** The reply that was picked; the newest while nobody picks one. @type {string | undefined} */
let picked

pick.addEventListener('change', () => {
  picked = pick.value === knownReplies(shownPair).at(-1)?.replyId ? undefined : pick.value
  showTimeline(shownPair)
})
/** @type {import('./state.js').Pair} */
let shownPair = { user: '', bot: '' }

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

const makeRow = () => {
  const row = make('tr', {}, ...Array.from({ length: 5 }, () => make('td')))
  const look = make('button', { type: 'button', class: 'look' })
  look.addEventListener('click', () => inspect(/** @type {any} */ (row).shown))
  row.firstElementChild?.append(look)
  return row
}

/** @param {any} row @param {import('./reply-calls.js').ShownCall} call */
const showRow = (row, call) => {
  row.shown = call
  row.className = call.kind
  const [first, ...others] = row.children
  setText(first.firstElementChild, call.name)
  first.firstElementChild.setAttribute('aria-label', `Call ${call.name}`)
  const cells = [
    seconds(call.fromMs),
    call.underWay ? '…' : millis(call.toMs - call.fromMs),
    call.kind === 'read' ? '' : String(call.chars),
    call.words,
  ]
  for (const [column, text] of cells.entries()) setText(others[column], text)
}

/** @param {ShownReply} reply */
const showTable = ({ calls }) => {
  const body = byId('calls')
  const box = byId('calls-box')
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40
  while (body.childElementCount > calls.length) body.lastElementChild.remove()
  while (body.childElementCount < calls.length) body.append(makeRow())
  for (const [index, call] of calls.entries()) showRow(body.children[index], call)
  if (atEnd) box.scrollTop = box.scrollHeight
}

/** @param {any} stored */
const showRecord = (stored) => {
  const record = byId('record')
  record.hidden = stored === undefined
  if (stored === undefined) return setText(byId('record-name'), 'The table has no record of it.')
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

/** Shows the picked reply of a conversation, else its newest. @param {import('./state.js').Pair} pair */
export const showTimeline = (pair) => {
  shownPair = pair
  const replies = knownReplies(pair)
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
