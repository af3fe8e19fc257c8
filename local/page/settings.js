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

const groups = {
  none: '',
  service: 'On the way to Tencent Chat',
  model: 'At the model',
  functions: 'In the functions',
}

/** @param {any[]} choices */
const optionsOf = (choices) => {
  const option = (/** @type {any} */ { value, label }) => make('option', { value }, label)
  const ungrouped = choices.filter(({ group = 'none' }) => group === 'none').map(option)
  const grouped = Object.entries(groups).flatMap(([group, label]) => {
    const members = choices.filter((choice) => choice.group === group && group !== 'none')
    return members.length === 0 ? [] : [make('optgroup', { label }, ...members.map(option))]
  })
  return [...ungrouped, ...grouped]
}

/** Shows the switches as the server has them. */
export const showSettings = () => {
  const box = byId('switches')
  const settings = state.settings()
  const { simulated } = state.place()
  byId('switches-hint').hidden = !simulated
  if (box.childElementCount === 0) {
    box.append(...Object.entries(switches).map(([name, label]) => makeSwitch(name, label)))
  }
  for (const name of Object.keys(switches)) {
    const select = byId(`switch-${name}`)
    const version = JSON.stringify(settings.choices[name])
    if (select.dataset.version !== version) {
      select.dataset.version = version
      select.replaceChildren(...optionsOf(settings.choices[name]))
    }
    if (document.activeElement !== select || select.value !== settings[name])
      select.value = settings[name]
    const needsSimulator = name === 'latencyMs' || name === 'faults'
    select.disabled =
      (needsSimulator && !simulated) || (name === 'trace' && settings.source !== 'trace')
  }
}
