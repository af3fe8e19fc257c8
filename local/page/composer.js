import { setText } from './dom.js'
import { phaseOf } from './pairs.js'
import { ask, state } from './state.js'

/** @typedef {import('./state.js').Pair} Pair */

const MAX_HEIGHT_PX = 120

/**
 * The field below a chat: sends, stops, and says why it does neither.
 * @param {any} root the chat @param {() => Pair} pair @param {() => void} sent
 */
export const composer = (root, pair, sent) => {
  const form = root.querySelector('form')
  const field = root.querySelector('textarea')
  const button = root.querySelector('.send')
  const problem = root.querySelector('.problem')
  const hint = root.querySelector('.hint')

  /** @param {string | undefined} sentence */
  const complain = (sentence) => {
    problem.hidden = sentence === undefined
    setText(problem, sentence ?? '')
  }
  /** The field is as high as its text, up to a limit. */
  const grow = () => {
    field.style.height = 'auto'
    field.style.height = `${Math.min(field.scrollHeight, MAX_HEIGHT_PX)}px`
  }
  /** @param {string} text */
  const say = async (text) => {
    setText(hint, '')
    sent()
    const wrong = await ask('/local/messages', { text, ...pair() })
    complain(wrong)
    return wrong
  }
  const send = async () => {
    const text = field.value.trim()
    if (text === '') return
    if (phaseOf(pair()) !== 'idle') {
      setText(hint, 'The bot is still answering: your text waits here. Esc stops the bot.')
      return
    }
    const typed = field.value
    field.value = ''
    grow()
    // What could not be sent is not lost.
    if ((await say(text)) !== undefined && field.value === '') {
      field.value = typed
      grow()
    }
  }
  const stop = async () => {
    if (phaseOf(pair()) === 'writing') complain(await ask('/local/stop', pair()))
    field.focus()
  }

  for (const sample of root.querySelectorAll('[data-sample]')) {
    sample.addEventListener('click', async () => {
      if (phaseOf(pair()) !== 'idle') return
      sent()
      complain(await ask('/local/messages', { sample: sample.dataset.sample, ...pair() }))
    })
  }
  form.addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault()
    void (phaseOf(pair()) === 'idle' ? send() : stop())
  })
  field.addEventListener('input', grow)
  field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void send()
  })
  root.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && phaseOf(pair()) === 'writing') void stop()
  })

  return {
    say,
    focus: () => field.focus(),
    show: () => {
      const now = phaseOf(pair())
      const { simulated } = state.place()
      setText(button, now === 'idle' ? 'Send' : 'Stop')
      button.classList.toggle('stop', now !== 'idle')
      // As in the official clients: there is nothing to stop before the first text, for it is the message that is named.
      button.disabled = !simulated || now === 'thinking'
      field.disabled = !simulated
      if (now === 'idle') setText(hint, '')
    },
  }
}
