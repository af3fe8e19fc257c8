import { byId, make } from './dom.js'
import { ask, state } from './state.js'

const switches = {
  source: 'Answers',
  trace: 'Recording',
  latencyMs: 'Round trip',
  faults: 'What goes wrong',
}

/** @param {string} name @param {string} label */
const makeSwitch = (name, label) => {
  const select = make('select', {
    id: `switch-${name}`,
    onchange: (/** @type {any} */ event) =>
      void ask('/local/settings', { [name]: event.target.value }),
  })
  return make('label', { for: `switch-${name}` }, make('span', {}, label), select)
}

/** Shows the switches as the server has them. */
export const showSettings = () => {
  const box = byId('switches')
  const settings = state.settings()
  const { simulated } = state.place()
  byId('switches-hint').hidden = !simulated
  if (box.childElementCount === 0) {
    box.append(...Object.entries(switches).map(([name, label]) => makeSwitch(name, label)))
    for (const name of Object.keys(switches)) {
      byId(`switch-${name}`).replaceChildren(
        ...settings.choices[name].map((/** @type {any} */ choice) =>
          make('option', { value: choice.value }, choice.label),
        ),
      )
    }
  }
  for (const name of Object.keys(switches)) {
    const select = byId(`switch-${name}`)
    if (document.activeElement !== select || select.value !== settings[name])
      select.value = settings[name]
    const needsSimulator = name === 'latencyMs' || name === 'faults'
    select.disabled =
      (needsSimulator && !simulated) || (name === 'trace' && settings.source !== 'trace')
  }
}
