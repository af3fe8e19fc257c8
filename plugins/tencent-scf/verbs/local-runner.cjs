// Runs one handler once, with the event that its parent sends, and tells it the answer.
const [, , path = '', exported = ''] = process.argv
const handler = require(path)[exported]

process.once('message', (/** @type {any} */ { event, context }) => {
  const endsAtMs = Date.now() + context.time_limit_in_ms
  const getRemainingTimeInMillis = () => Math.max(0, endsAtMs - Date.now())
  Promise.resolve()
    .then(() => handler(event, { ...context, getRemainingTimeInMillis }))
    .then(
      (value) => process.send?.({ value }),
      (error) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    )
})
