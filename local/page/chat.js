import { bubbles } from './bubbles.js'
import { composer } from './composer.js'
import { byId, make, setText } from './dom.js'
import { messagesOf, nameOf, phaseOf } from './pairs.js'
import { ask, state } from './state.js'

/** @typedef {import('./state.js').Pair} Pair */

const presences = { idle: 'online', thinking: 'is thinking …', writing: 'is writing …' }
const AT_END_PX = 48
const questions = ['How do tides work?', 'Show me a table and some code', '用中文讲个故事']

const welcome = (/** @type {(text: string) => void} */ say) => {
  const { simulated, callbackPath, region } = state.place()
  if (!simulated) {
    return make(
      'p',
      { class: 'welcome' },
      `The functions talk to the real Tencent Chat (${region}): write to your bot in your own app. `,
      `Lead your callback URL to this machine, to the path ${callbackPath}, for example through a tunnel.`,
    )
  }
  const chips = questions.map((text) =>
    make('button', { type: 'button', class: 'chip', onclick: () => say(text) }, text),
  )
  return make(
    'div',
    { class: 'welcome' },
    make(
      'p',
      {},
      'Write something. The bot answers through the real functions, and a Tencent Chat that runs on this machine.',
    ),
    make('div', { class: 'chips' }, ...chips),
  )
}

/**
 * A chat of one user with one bot, in an element made of the page's template.
 * @param {string} label what its field is called @param {Pair} first
 */
export const makeChat = (label, first) => {
  const template = byId('chat-template')
  const root = template.content.firstElementChild.cloneNode(true)
  const list = root.querySelector('.messages')
  const pill = root.querySelector('.pill')
  const announcement = root.querySelector('[aria-live]')
  const clearButton = root.querySelector('.clear')
  root.querySelector('textarea').setAttribute('aria-label', label)
  let pair = first
  /** Whether the end is to stay in sight. */
  let follows = true
  /** The message whose end has yet to be announced. @type {string | undefined} */
  let growing

  const toEnd = () => {
    list.scrollTop = list.scrollHeight
  }
  /** Once, when an answer is complete: nobody wants to hear every word twice. @param {any} message */
  const announce = (message) => {
    if (!message.streamed) return
    if (!message.finished) growing = message.msgKey
    else if (growing === message.msgKey) announcement.textContent = `The bot says: ${message.text}`
  }
  const field = composer(
    root,
    () => pair,
    () => {
      follows = true
      toEnd()
    },
  )
  const shown = bubbles(list, (text) => void field.say(text), announce)

  list.addEventListener('scroll', () => {
    follows = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX
    if (follows) pill.hidden = true
  })
  pill.addEventListener('click', () => {
    follows = true
    toEnd()
    field.focus()
  })
  new ResizeObserver(() => {
    if (follows) toEnd()
  }).observe(list)
  clearButton.addEventListener('click', () => {
    void ask('/local/clear', pair)
    field.focus()
  })

  let height = 0
  /** The end stays in sight, or a pill says that it has moved. */
  const keepUp = () => {
    if (follows) toEnd()
    else if (list.scrollHeight > height) pill.hidden = false
    height = list.scrollHeight
  }
  /** @param {'idle' | 'thinking' | 'writing'} now */
  const showHead = (now) => {
    const { simulated } = state.place()
    setText(root.querySelector('.chat-title'), simulated ? pair.bot : 'Your app')
    setText(root.querySelector('.presence'), simulated ? presences[now] : 'the real service')
    root.setAttribute('aria-label', simulated ? nameOf(pair) : 'Chat')
  }
  return {
    root,
    focus: field.focus,
    say: field.say,
    pair: () => pair,
    /** @param {Pair} next */
    choose: (next) => {
      pair = next
      follows = true
    },
    show: () => {
      const count = shown.show(pair)
      const greeting = list.querySelector('.welcome')
      if (count > 0) greeting?.remove()
      else if (greeting === null) list.prepend(welcome((text) => void field.say(text)))
      const now = phaseOf(pair)
      list.classList.toggle('thinking', now === 'thinking')
      keepUp()
      showHead(now)
      clearButton.hidden = !state.place().simulated || messagesOf(pair).length === 0
      field.show()
    },
  }
}
