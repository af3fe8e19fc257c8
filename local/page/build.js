import { byId, setText } from './dom.js'
import { clock } from './durations.js'
import { state } from './state.js'

/** Says which build of the functions answers, and why none does. */
export const showBuild = () => {
  const { number, atMs, reloaded, error, problem } = state.build()
  setText(byId('build'), `build ${number}, ${clock(atMs)}`)
  byId('build').title = reloaded ?? 'As it was when npm start began.'
  const trouble = byId('build-trouble')
  const sentence = error?.sentence ?? problem
  trouble.hidden = sentence === undefined
  setText(byId('build-sentence'), sentence ?? '')
  const frame = byId('build-frame')
  frame.hidden = error?.frame === undefined
  setText(frame, error?.frame ?? '')
}
