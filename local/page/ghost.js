import { make, setText } from './dom.js'
import { renderMarkdown } from './markdown.js'
import { messagesOf } from './pairs.js'
import { state } from './state.js'

/** What a plain loop would have shown in place of the bot, in the same circumstances. @param {() => import('./state.js').Pair} pair */
export const makeGhost = (pair) => {
  const list = make('div', {
    class: 'messages',
    role: 'region',
    'aria-label': 'What a plain loop shows',
    tabindex: 0,
  })
  /** @type {any} */
  const verdict = make('p', { class: 'verdict', role: 'status' })
  const root = make(
    'section',
    { class: 'phone ghost', 'aria-label': 'A plain loop, for comparison' },
    make(
      'div',
      { class: 'phone-top' },
      make('span', { class: 'avatar', 'aria-hidden': 'true' }, '?'),
      make(
        'div',
        {},
        make('h2', {}, 'A plain loop'),
        make('p', { class: 'presence' }, 'send, and send again where that fails'),
      ),
    ),
    list,
    verdict,
  )
  let shown = ''

  const show = () => {
    const asked = messagesOf(pair()).filter(
      ({ streamed, msgKey }) => !streamed && state.ghost(msgKey) !== undefined,
    )
    const version = JSON.stringify(asked.map(({ msgKey }) => state.ghost(msgKey)))
    if (version === shown) return
    shown = version
    const rows = asked.flatMap(({ text, msgKey }) => [
      make(
        'div',
        { class: 'said user' },
        make('article', { class: 'bubble user', 'aria-label': 'You' }, text),
      ),
      ...state.ghost(msgKey).messages.map(bubbleOf),
    ])
    list.replaceChildren(
      ...(rows.length > 0
        ? rows
        : [
            make(
              'p',
              { class: 'welcome' },
              'The next message is answered here, too: by the loop that most programs have.',
            ),
          ]),
    )
    list.scrollTop = list.scrollHeight
    const newest = asked.at(-1)
    const ghost = newest && state.ghost(newest.msgKey)
    setText(verdict, ghost?.verdict ?? (ghost === undefined ? '' : 'under way …'))
    verdict.dataset.well = String(ghost?.verdict === 'All is well here.')
    verdict.hidden = ghost === undefined
  }
  return { root, show }
}

/** @param {{ text: string, finished: boolean }} message */
const bubbleOf = ({ text, finished }) => {
  const content = make('div', { class: 'content' })
  content.append(renderMarkdown(text))
  const article = make(
    'article',
    { class: `bubble bot ${finished ? '' : 'growing'}`, 'aria-label': 'The plain loop' },
    content,
  )
  return make('div', { class: 'said bot' }, article)
}
