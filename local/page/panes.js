import { makeChat } from './chat.js'
import { byId, make } from './dom.js'
import { makeGhost } from './ghost.js'
import { isSame, nameOf, newPair, pairs } from './pairs.js'
import { state } from './state.js'

const NEW = 'new'
const NOTHING = 'nothing'
const GHOST = 'ghost'

/** The chats of the page: one, and if need be something beside it. @param {() => void} chosen another conversation was chosen */
export const makePanes = (chosen) => {
  const { user, bot } = state.place()
  const main = makeChat('Your message', { user, bot })
  /** @type {ReturnType<typeof makeChat> | undefined} */
  let second
  const ghost = makeGhost(() => main.pair())
  const box = byId('panes')
  const conversation = byId('conversation')
  const beside = byId('beside')
  box.append(main.root)

  /** @param {string} choice */
  const putBeside = (choice) => {
    second?.root.remove()
    second = undefined
    ghost.root.remove()
    if (choice === GHOST) box.append(ghost.root)
    else if (choice !== NOTHING) {
      const pair = pairs().find((one) => nameOf(one) === choice) ?? newPair()
      second = makeChat('The other message', pair)
      box.append(second.root)
    }
    box.classList.toggle('two', choice !== NOTHING)
    shownBeside = second === undefined ? choice : nameOf(second.pair())
    show()
  }
  let shownBeside = NOTHING

  conversation.addEventListener('change', () => {
    main.choose(pairs().find((one) => nameOf(one) === conversation.value) ?? newPair())
    chosen()
    main.focus()
  })
  beside.addEventListener('change', () => putBeside(beside.value))

  /** @param {any} select @param {[string, string][]} options @param {string} value */
  const fill = (select, options, value) => {
    const version = JSON.stringify(options)
    if (select.dataset.version !== version) {
      select.dataset.version = version
      select.replaceChildren(
        ...options.map(([name, label]) => make('option', { value: name }, label)),
      )
    }
    select.value = value
  }

  const show = () => {
    const { simulated } = state.place()
    byId('choices').hidden = !simulated
    const all = pairs()
    const own = main.pair()
    fill(conversation, [...all.map((pair) => named(pair)), [NEW, 'A new user …']], nameOf(own))
    const others = all.filter((pair) => !isSame(pair, own)).map((pair) => named(pair))
    fill(
      beside,
      [[NOTHING, 'Nothing'], [GHOST, 'A plain loop'], ...others, [NEW, 'A new user …']],
      shownBeside,
    )
    main.show()
    second?.show()
    if (ghost.root.isConnected) ghost.show()
  }

  return {
    show,
    main,
    /** Shows what a plain loop does, beside the chat. */
    haunt: () => putBeside(GHOST),
    /** Goes on with a user that nobody has written as. */
    openNew: () => main.choose(newPair()),
  }
}

/** @param {import('./state.js').Pair} pair @returns {[string, string]} */
const named = (pair) => [nameOf(pair), nameOf(pair)]
