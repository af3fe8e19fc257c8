import { byId, make, setText } from './dom.js'
import { phaseOf } from './pairs.js'
import { ask, state } from './state.js'

/** @typedef {ReturnType<typeof import('./panes.js').makePanes>} Panes */

/** The name in the page's address: `/#scenario=lost-answers`. */
const wanted = () => new URLSearchParams(location.hash.slice(1)).get('scenario')

const isReloaded = () =>
  performance
    .getEntriesByType('navigation')
    .some((one) => /** @type {any} */ (one).type === 'reload')

/** Lets the page play what its address names. @param {Panes} panes */
export const startScenarios = (panes) => {
  const play = async () => {
    const scenario = state.scenarios().find((/** @type {any} */ one) => one.name === wanted())
    if (scenario === undefined || !state.place().simulated) return
    const { faults, trace } = scenario
    if (phaseOf(panes.main.pair()) !== 'idle') panes.openNew()
    panes.haunt()
    const wrong = await ask('/local/settings', { source: 'trace', faults, trace, latencyMs: '80' })
    if (wrong === undefined) await panes.main.say(scenario.question)
  }
  addEventListener('hashchange', () => void play())
  // Whoever loads the page anew wants to see what is there.
  if (!isReloaded()) void play()
}

/** Shows the scenarios as links, and what to look at in the one that was chosen. */
export const showScenarios = () => {
  const card = byId('scenarios-card')
  card.hidden = !state.place().simulated
  const list = byId('scenarios')
  const scenarios = state.scenarios()
  if (list.childElementCount !== scenarios.length) {
    list.replaceChildren(
      ...scenarios.map((/** @type {any} */ { name, title }) =>
        make(
          'li',
          {},
          make(
            'a',
            { href: `#scenario=${name}`, class: 'chip', 'data-name': name, onclick: again },
            title,
          ),
        ),
      ),
    )
  }
  const chosen = scenarios.find((/** @type {any} */ one) => one.name === wanted())
  for (const link of list.querySelectorAll('a')) {
    if (link.dataset.name === chosen?.name) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
  setText(
    byId('scenario-about'),
    chosen?.about ?? 'Each of them is a link that you can share, and plays at once.',
  )
}

/** A second click on the same link plays it again. @param {any} event */
const again = (event) => {
  if (event.target.hash === location.hash) dispatchEvent(new HashChangeEvent('hashchange'))
}
