import type { RequestListener, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { fieldsOf } from '../../lib/core/json.ts'
import { listen } from '../../local/cloud/listen.ts'
import { answerWithTrace, type ModelRequest, type Mutable } from '../../local/model/answer.ts'
import type { ModelFault, TraceToken } from '../../local/model/events.ts'

/** What the model says to one question. */
interface ModelAnswer {
  readonly text: string
  readonly charsPerSecond: number
  /** Of the first try; a question that is asked again is answered well. */
  readonly fault: ModelFault
}

/** A server that speaks OpenAI's streamed chat completions, and answers each question as it was told to. */
export interface SoakModel {
  readonly url: string
  /** From now on this question has this answer. */
  teach(question: string, answer: ModelAnswer): void
  /** How often a question was asked so far. */
  readonly asked: (question: string) => number
  close(): Promise<void>
}

export const startSoakModel = async (): Promise<SoakModel> => {
  const answers = new Map<string, ModelAnswer>()
  const asked = new Map<string, number>()

  const serve = async (body: unknown, response: ServerResponse): Promise<void> => {
    const { model, messages, stream_options } = fieldsOf(body)
    const question = lastContent(messages)
    const answer = answers.get(question)
    if (answer === undefined) throw new Error(`Nobody taught the model an answer to ${question}.`)
    const times = (asked.get(question) ?? 0) + 1
    asked.set(question, times)
    const record: Mutable<ModelRequest> = {
      model,
      messages,
      asksUsage: fieldsOf(stream_options)['include_usage'] === true,
      authorization: undefined,
      askedAtMs: systemClock.now(),
      tokensSent: 0,
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    await answerWithTrace({
      settings: {
        tokens: tokensOf(answer),
        speed: 1,
        fault: answer.fault,
        takesStreamOptions: true,
      },
      fault: times === 1 ? answer.fault : { kind: 'none' },
      record,
      response,
      clock: systemClock,
      gone: gone.signal,
    })
  }

  const server = await listen(
    0,
    listener((body, response) => serve(body, response)),
  )
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    teach: (question, answer) => void answers.set(question, answer),
    asked: (question) => asked.get(question) ?? 0,
    close: server.close,
  }
}

type Serve = (body: unknown, response: ServerResponse) => Promise<void>

/** A request that is no JSON, or whose sender went away, gets no answer. */
const listener =
  (serve: Serve): RequestListener =>
  (request, response) => {
    json(request)
      .then((body) => serve(body, response))
      .catch(() => response.destroy())
  }

const lastContent = (messages: unknown): string => {
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  return String(fieldsOf(last)['content'])
}

const MOST_TOKENS = 600

/** Pieces of equal length, each when its turn comes; no silence is longer than the time of one. */
const tokensOf = ({ text, charsPerSecond }: ModelAnswer): readonly TraceToken[] => {
  const chars = Math.max(3, Math.ceil(text.length / MOST_TOKENS))
  return Array.from({ length: Math.ceil(text.length / chars) }, (_, nth) => ({
    t: Math.round((nth * chars * 1_000) / charsPerSecond),
    text: text.slice(nth * chars, (nth + 1) * chars),
  }))
}
