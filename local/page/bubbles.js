import { make } from './dom.js'
import { clock } from './durations.js'
import { renderMarkdown } from './markdown.js'
import { messagesOf } from './pairs.js'
import { ask, state } from './state.js'

/** The reply that a message of the bot belongs to. @param {string} msgKey */
const replyOf = (msgKey) =>
  state.replies().find(({ item }) => item.progress?.msgKeys?.includes(msgKey))

/**
 * What went wrong with the answer to a message of a user, if anything did.
 * @param {string} msgKey @returns {{ sentence: string, details?: string, functionName: string } | undefined}
 */
const troubleOf = (msgKey) => {
  const replyId = `turn:${msgKey}`
  const trouble = state.turn(replyId)?.trouble
  const stored = state.replies().find((one) => one.replyId === replyId)
  const detail = stored?.item.failure?.detail
  if (stored?.status === 'failed') {
    return trouble ?? { sentence: detail ?? 'The reply failed.', functionName: 'worker' }
  }
  const isOver = stored !== undefined && stored.status !== 'open'
  return isOver ? undefined : trouble
}

/** @param {string} text @param {any} button */
const copy = async (text, button) => {
  await navigator.clipboard?.writeText(text).catch(() => undefined)
  button.textContent = 'Copied'
  setTimeout(() => {
    button.textContent = 'Copy'
  }, 1_500)
}

/** @param {string} msgKey */
const thumbsOf = (msgKey) =>
  /** @type {const} */ ([
    ['up', '👍', 'Good answer'],
    ['down', '👎', 'Bad answer'],
  ]).map(([value, thumb, label]) =>
    make(
      'button',
      {
        type: 'button',
        'aria-label': label,
        onclick: async (/** @type {any} */ event) => {
          const button = event.target
          const wrong = await ask('/local/feedback', { msgKey, value })
          if (wrong === undefined) button.textContent = `${thumb} noted`
        },
      },
      thumb,
    ),
  )

/** @param {any} message @param {(text: string) => void} askAgain @param {string | undefined} question */
const metaOf = (message, askAgain, question) => {
  const reply = message.streamed ? replyOf(message.msgKey) : undefined
  const facts = reply && state.turn(reply.replyId)
  const isStopped = message.finished && reply?.status === 'interrupted'
  const build = facts !== undefined && facts.build !== 1 ? `build ${facts.build}` : ''
  const children = [
    make('time', {}, clock(message.atMs)),
    ...(isStopped ? [make('span', { class: 'stopped' }, 'stopped')] : []),
    ...(build === '' ? [] : [make('span', {}, build)]),
    ...(message.finished
      ? [
          make(
            'button',
            {
              type: 'button',
              onclick: (/** @type {any} */ event) => void copy(message.text, event.target),
            },
            'Copy',
          ),
        ]
      : []),
    ...(message.streamed && message.finished ? thumbsOf(message.msgKey) : []),
    ...(message.streamed && message.finished && question !== undefined
      ? [make('button', { type: 'button', onclick: () => askAgain(question) }, 'Ask again')]
      : []),
  ]
  return { version: `${isStopped} ${build} ${message.finished}`, children }
}

/** @param {any} message @param {(text: string) => void} askAgain */
const panelOf = (message, askAgain) => {
  const trouble = message.streamed ? undefined : troubleOf(message.msgKey)
  if (trouble === undefined) return { version: '', children: [] }
  const { sentence, details, functionName } = trouble
  return {
    version: sentence,
    children: [
      make(
        'div',
        { class: 'trouble', role: 'alert' },
        make('strong', {}, `Trouble in the function ${functionName}`),
        make('p', {}, sentence),
        ...(details === undefined
          ? []
          : [
              make(
                'pre',
                { tabindex: 0, role: 'group', 'aria-label': 'Where it happened' },
                details,
              ),
            ]),
        make('button', { type: 'button', onclick: () => askAgain(message.text) }, 'Ask again'),
      ),
    ],
  }
}

/**
 * The messages of one conversation in a list; shows what changed and leaves the rest alone.
 * @param {HTMLElement} list @param {(text: string) => void} askAgain @param {(message: any) => void} announce
 */
export const bubbles = (list, askAgain, announce) => {
  /** @type {Map<string, { element: any, article: any, meta: any, panel: any, shown: string, metaShown: string, panelShown: string }>} */
  const known = new Map()

  /** @param {any} message */
  const bubbleOf = (message) => {
    const found = known.get(message.msgKey)
    if (found !== undefined) return found
    const side = message.streamed ? 'bot' : 'user'
    const article = make(
      'article',
      { class: `bubble ${side}`, 'aria-label': message.streamed ? 'The bot' : 'You' },
      make('div', { class: 'content' }),
    )
    const meta = make('div', { class: 'meta' })
    const panel = make('div', { class: 'panel' })
    const element = make('div', { class: `said ${side}` }, article, meta, panel)
    const bubble = { element, article, meta, panel, shown: '', metaShown: '', panelShown: '' }
    known.set(message.msgKey, bubble)
    list.append(element)
    return bubble
  }

  /** @param {any} message @param {string | undefined} question */
  const show = (message, question) => {
    const bubble = bubbleOf(message)
    const version = `${message.finished} ${message.text}`
    if (bubble.shown !== version) {
      bubble.shown = version
      const content = bubble.article.firstElementChild
      if (message.streamed) content.replaceChildren(renderMarkdown(message.text))
      else content.textContent = message.text
      bubble.article.classList.toggle('growing', !message.finished)
      bubble.article.dataset.finished = String(message.finished)
      announce(message)
    }
    const meta = metaOf(message, askAgain, question)
    if (bubble.metaShown !== meta.version) {
      bubble.metaShown = meta.version
      bubble.meta.replaceChildren(...meta.children)
    }
    const panel = panelOf(message, askAgain)
    if (bubble.panelShown !== panel.version) {
      bubble.panelShown = panel.version
      bubble.panel.replaceChildren(...panel.children)
    }
  }

  return {
    /** Shows the messages of a conversation, and none of another. @param {import('./state.js').Pair} pair */
    show: (pair) => {
      const messages = messagesOf(pair)
      const keys = new Set(messages.map(({ msgKey }) => msgKey))
      for (const [msgKey, { element }] of known) {
        if (keys.has(msgKey)) continue
        element.remove()
        known.delete(msgKey)
      }
      /** @type {string | undefined} */
      let question
      for (const message of messages) {
        if (!message.streamed) question = message.text
        show(message, question)
      }
      return messages.length
    },
  }
}
