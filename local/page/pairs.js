import { state } from './state.js'

/** @typedef {import('./state.js').Pair} Pair */

/** @param {Pair} pair */
export const nameOf = ({ user, bot }) => `${user} → ${bot}`

/** @param {Pair} one @param {Pair} other */
export const isSame = (one, other) => one.user === other.user && one.bot === other.bot

/** @param {any} message @returns {Pair} */
export const pairOf = ({ from, to, streamed }) =>
  streamed ? { user: to, bot: from } : { user: from, bot: to }

/** The pair of a stored reply or of a call; `undefined` where it has none. @param {any} ends @returns {Pair | undefined} */
export const pairOfEnds = (ends) =>
  ends?.from === undefined || ends.to === undefined ? undefined : { user: ends.to, bot: ends.from }

/** Conversations that were opened here, with nothing in them yet. @type {Pair[]} */
const opened = []

/** Every conversation, the page's own first. @returns {Pair[]} */
export const pairs = () => {
  const { user, bot } = state.place()
  const known = [
    { user, bot },
    ...opened,
    ...state.messages().map(pairOf),
    ...state.replies().flatMap(({ item }) => pairOfEnds(item.conversation) ?? []),
  ]
  return known.filter((pair, index) => known.findIndex((one) => isSame(one, pair)) === index)
}

/** A user that nobody has written as, with the page's bot. @returns {Pair} */
export const newPair = () => {
  const names = new Set(pairs().map(({ user }) => user))
  let number = 2
  while (names.has(`user${String(number).padStart(2, '0')}`)) number++
  const pair = { user: `user${String(number).padStart(2, '0')}`, bot: state.place().bot }
  opened.push(pair)
  return pair
}

/** The messages of a conversation. @param {Pair} pair @returns {any[]} */
export const messagesOf = (pair) =>
  state.messages().filter((message) => isSame(pairOf(message), pair))

/** Where the answer to the newest message of a conversation is. @param {Pair} pair @returns {'idle' | 'thinking' | 'writing'} */
export const phaseOf = (pair) => {
  const newest = messagesOf(pair).at(-1)
  if (newest === undefined) return 'idle'
  if (newest.streamed) return newest.finished ? 'idle' : 'writing'
  const replyId = `turn:${newest.msgKey}`
  if (state.turn(replyId)?.trouble?.final) return 'idle'
  const reply = state.replies().find((one) => one.replyId === replyId)
  return reply === undefined || reply.status === 'open' ? 'thinking' : 'idle'
}
