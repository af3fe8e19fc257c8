// Asks a model and streams its answer into one message: node push.ts "What is tea?"
import { createParser } from 'eventsource-parser'
import { streamReply } from '../../client/stream-reply.ts'

const {
  REPLIES_URL = '',
  REPLIES_API_TOKEN = '',
  OPENAI_BASE_URL = 'https://api.openai.com/v1',
  OPENAI_API_KEY = '',
  OPENAI_MODEL = '',
} = process.env

/** The chunks of a chat completion, as OpenAI's SDK yields them. */
interface Completion {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[]
}

/** The text of a stream. It also takes what `openai.chat.completions.create({ stream: true, … })` returns. */
async function* textOf(stream: AsyncIterable<Completion>): AsyncGenerator<string> {
  for await (const { choices } of stream) yield choices?.[0]?.delta?.content ?? ''
}

/** A stand-in for the SDK, which this example should not need. */
async function* complete(question: string, signal: AbortSignal): AsyncGenerator<Completion> {
  const response = await fetch(`${OPENAI_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${OPENAI_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: OPENAI_MODEL,
      stream: true,
      messages: [{ role: 'user', content: question }],
    }),
    signal,
  })
  if (!response.ok || response.body === null) throw new Error(`the model says ${response.status}`)
  const events: string[] = []
  const parser = createParser({ onEvent: ({ data }) => events.push(data) })
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    parser.feed(text)
    for (const data of events.splice(0)) if (data !== '[DONE]') yield JSON.parse(data)
  }
}

// Ctrl+C stops the model and closes the message.
const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')))
const { signal } = interrupt

const [question = 'What is tea?', to = 'alice', from = '@RBT#bot'] = process.argv.slice(2)
const receipt = await streamReply(
  { url: REPLIES_URL, token: REPLIES_API_TOKEN },
  { from, to },
  textOf(complete(question, signal)),
  { signal },
)
console.log(`${receipt.status} as ${receipt.msgKeys.join(', ')} after ${receipt.calls} calls`)
