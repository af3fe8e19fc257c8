import type { ServerResponse } from 'node:http'
import { fieldsOf } from '../../lib/core/json.ts'
import type { ServiceOutcome } from '../simulator/service.ts'

/** One call as it went over the wire. */
export interface Exchange {
  /** Without the signature. */
  readonly line: string
  readonly body: unknown
  /** The two ends of the conversation that it is about, where it is about one. */
  readonly pair: { readonly from?: string; readonly to?: string }
  /** Absent while the call is under way. */
  readonly answer?: ServiceOutcome
}

export type Mutable<T> = { -readonly [Field in keyof T]: T[Field] }

const MAX_SHOWN_CHARS = 4_000

export const exchangeOf = (command: string, query: URLSearchParams, body: unknown): Exchange => {
  const shown = new URLSearchParams(query)
  shown.delete('usersig')
  const { Operator_Account: from, Peer_Account: to } = fieldsOf(body)
  return {
    line: `POST /v4/${command}?${shown}&usersig=(left out)`,
    body,
    pair: typeof from === 'string' && typeof to === 'string' ? { from, to } : {},
  }
}

/** Answers the page with a call, for people to read. */
export const sendExchange = (response: ServerResponse, exchange: Exchange | undefined): void => {
  response.writeHead(exchange === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify(
      exchange && {
        request: `${exchange.line}\n\n${cut(JSON.stringify(exchange.body, null, 2) ?? '')}`,
        answer: answerOf(exchange.answer),
      },
    ),
  )
}

const answerOf = (outcome: ServiceOutcome | undefined): string => {
  switch (outcome?.kind) {
    case undefined:
      return 'The call is under way.'
    case 'answer':
      return `HTTP ${outcome.status}\n\n${cut(readable(outcome.text))}`
    case 'dropped':
      return 'No answer: the connection broke, or whoever called waited no longer.'
    case 'unreachable':
      return 'There was no connection.'
  }
}

const readable = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

const cut = (text: string): string =>
  text.length <= MAX_SHOWN_CHARS
    ? text
    : `${text.slice(0, MAX_SHOWN_CHARS)}\n… ${text.length - MAX_SHOWN_CHARS} more characters`
