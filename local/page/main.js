import { showBuild } from './build.js'
import { byId, setText } from './dom.js'
import { makePanes } from './panes.js'
import { showScenarios, startScenarios } from './scenarios.js'
import { showSettings } from './settings.js'
import { listen } from './state.js'
import { showNotices, showTimeline } from './timeline.js'

/** Made once it is known whom the page speaks with. @type {ReturnType<typeof makePanes> | undefined} */
let panes

const show = () => {
  if (panes === undefined) {
    panes = makePanes(show)
    panes.show()
    panes.main.focus()
    startScenarios(panes)
  }
  showBuild()
  showSettings()
  showScenarios()
  panes.show()
  showTimeline(panes.main.pair())
  showNotices()
}

listen(show, (isConnected) => {
  const words = isConnected ? 'running on this machine' : 'the local stack is gone; trying again …'
  setText(byId('connection'), words)
  byId('connection').dataset.connected = String(isConnected)
})
addEventListener('resize', () => panes && showTimeline(panes.main.pair()))
