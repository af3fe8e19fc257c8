import { byId, make, setText } from './dom.js'
import { renderMarkdown } from './markdown.js'
import { ask, state } from './state.js'

const list = byId('messages')
const composer = byId('composer')
const field = byId('text')
const button = byId('send')
const announcement = byId('announcement')

/** @type {Map<string, { element: any, shown: string }>} */
const bubbles = new Map()
/** The message whose end has yet to be announced. @type {string | undefined} */
let growing

/** Where the answer to the newest message is. @returns {'idle' | 'thinking' | 'writing'} */
const phase = () => {
  const newest = state.messages().at(-1)
  if (newest === undefined) return 'idle'
  if (newest.streamed) return newest.finished ? 'idle' : 'writing'
  const reply = state.replies().find(({ replyId }) => replyId === `turn:${newest.msgKey}`)
  return reply === undefined || reply.status === 'open' ? 'thinking' : 'idle'
}

/** @param {string | undefined} sentence */
const complain = (sentence) => {
  const problem = byId('problem')
  problem.hidden = sentence === undefined
  setText(problem, sentence ?? '')
}

const send = async () => {
  const text = field.value.trim()
  if (text === '' || phase() !== 'idle') return
  field.value = ''
  fitField()
  const wrong = await ask('/local/messages', { text })
  complain(wrong)
}

const stop = async () => complain(await ask('/local/stop', {}))

/** The field is as high as its text, up to a limit. */
const fitField = () => {
  field.style.height = 'auto'
  field.style.height = `${Math.min(field.scrollHeight, 120)}px`
}

composer.addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault()
  void (phase() === 'idle' ? send() : stop())
})
field.addEventListener('input', fitField)
field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  void send()
})

/** @param {any} message */
const bubbleOf = (message) => {
  const known = bubbles.get(message.msgKey)
  if (known !== undefined) return known
  const who = message.streamed ? 'The bot' : 'You'
  const element = make(
    'article',
    { class: message.streamed ? 'bubble bot' : 'bubble user', 'aria-label': who },
    make('div', { class: 'content' }),
  )
  const bubble = { element, shown: '' }
  bubbles.set(message.msgKey, bubble)
  list.append(element)
  return bubble
}

/** @param {any} message */
const showMessage = (message) => {
  const bubble = bubbleOf(message)
  const version = `${message.finished} ${message.text}`
  if (bubble.shown === version) return
  bubble.shown = version
  const content = bubble.element.firstElementChild
  if (message.streamed) content.replaceChildren(renderMarkdown(message.text))
  else content.textContent = message.text
  bubble.element.classList.toggle('growing', !message.finished)
  bubble.element.dataset.finished = String(message.finished)
  announce(message)
}

/** Once, when an answer is complete: nobody wants to hear every word twice. @param {any} message */
const announce = (message) => {
  if (!message.streamed) return
  if (!message.finished) growing = message.msgKey
  else if (growing === message.msgKey) announcement.textContent = `The bot says: ${message.text}`
}

const welcome = () => {
  const { simulated, callbackPath, region } = state.place()
  const words = simulated
    ? [
        'Write something. The bot answers through the real functions, and a Tencent Chat that runs on this machine.',
      ]
    : [
        `The functions talk to the real Tencent Chat (${region}): write to your bot in your own app. `,
        `Lead your callback URL to this machine, to the path ${callbackPath}, for example through a tunnel.`,
      ]
  return make('p', { class: 'welcome' }, ...words)
}

const presences = { idle: 'online', thinking: 'is thinking …', writing: 'is writing …' }

/** Shows the conversation as the server knows it. */
export const showConversation = () => {
  const messages = state.messages()
  const known = new Set(messages.map(({ msgKey }) => msgKey))
  for (const [msgKey, { element }] of bubbles) {
    if (known.has(msgKey)) continue
    element.remove()
    bubbles.delete(msgKey)
  }
  if (messages.length === 0 && list.childElementCount === 0) list.append(welcome())
  if (messages.length > 0) list.querySelector('.welcome')?.remove()

  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60
  for (const message of messages) showMessage(message)
  const now = phase()
  list.classList.toggle('thinking', now === 'thinking')
  if (atEnd) list.scrollTop = list.scrollHeight

  const { simulated, bot } = state.place()
  setText(byId('chat-title'), simulated ? bot : 'Your app')
  setText(byId('presence'), simulated ? presences[now] : 'the real service')
  setText(button, now === 'idle' ? 'Send' : 'Stop')
  button.classList.toggle('stop', now !== 'idle')
  // As in the official clients: there is nothing to stop before the first text, for it is the message that is named.
  button.disabled = !simulated || now === 'thinking'
  field.disabled = !simulated
}
