import { showConversation } from './conversation.js'
import { byId, setText } from './dom.js'
import { showSettings } from './settings.js'
import { listen } from './state.js'
import { showNotices, showTimeline } from './timeline.js'

const show = () => {
  showSettings()
  showConversation()
  showTimeline()
  showNotices()
}

listen(show, (isConnected) => {
  const words = isConnected ? 'running on this machine' : 'the local stack is gone; trying again …'
  setText(byId('connection'), words)
  byId('connection').dataset.connected = String(isConnected)
})
addEventListener('resize', () => showTimeline())
byId('text').focus()
