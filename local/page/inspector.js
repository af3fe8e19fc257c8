import { byId, setText } from './dom.js'

/** Shows a call as it went over the wire, and what was decided. @param {import('./reply-calls.js').ShownCall} call */
export const inspect = async (call) => {
  const box = byId('inspector')
  box.hidden = false
  setText(byId('inspector-title'), `Call ${call.name}: ${call.words}`)
  setText(byId('inspector-why'), call.why)
  setText(byId('inspector-request'), '…')
  setText(byId('inspector-answer'), '…')
  byId('inspector-title').focus()
  try {
    const { request, answer } = await (await fetch(`/local/calls/${call.at}`)).json()
    setText(byId('inspector-request'), request)
    setText(byId('inspector-answer'), answer)
  } catch {
    setText(byId('inspector-answer'), 'The local stack knows this call no longer.')
  }
}

byId('inspector-close').addEventListener('click', () => {
  byId('inspector').hidden = true
})
