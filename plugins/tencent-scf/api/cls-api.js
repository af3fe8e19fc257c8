import { CommonClient } from 'tencentcloud-sdk-nodejs-common'
import { ask, clientSettings } from './refusal.js'

/** @typedef {{ readonly timeMs: number, readonly fields: Readonly<Record<string, unknown>> }} LogLine */
/** @typedef {{ readonly lines: readonly LogLine[], readonly context: string, readonly isAll: boolean }} LogPage */
/** @typedef {{ readonly topicId: string, readonly query: string, readonly fromMs: number, readonly toMs: number, readonly context: string }} LogSearch */

const usualEndpoint = 'https://cls.tencentcloudapi.com'
const pageLines = 200

/**
 * @param {unknown} json
 * @returns {Readonly<Record<string, unknown>>}
 */
const fieldsOf = (json) => {
  try {
    const parsed = JSON.parse(String(json))
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}

/**
 * `SearchLog` of CLS (2020-10-16): the lines that match, oldest first, and where to go on. Throws `Refusal`.
 * @param {import('../types.d.ts').Access} access
 * @param {import('../types.d.ts').Clock} clock
 * @returns {(search: LogSearch) => Promise<LogPage>}
 */
export const searchLogs = (access, clock) => {
  const endpoint = access.logsEndpoint ?? usualEndpoint
  const settings = clientSettings(access, endpoint)
  const client = new CommonClient(new URL(endpoint).host, '2020-10-16', settings)
  return async ({ topicId, query, fromMs, toMs, context }) => {
    const request = {
      TopicId: topicId,
      Query: query,
      SyntaxRule: 1,
      From: fromMs,
      To: toMs,
      Limit: pageLines,
      Sort: 'asc',
      ...(context === '' ? {} : { Context: context }),
    }
    const { Results, Context, ListOver } = await ask(clock, 'cls', 'SearchLog', () =>
      client.request('SearchLog', request),
    )
    const found = /** @type {{ readonly Time: number, readonly LogJson?: string }[]} */ (
      Results ?? []
    )
    return {
      lines: found.map(({ Time, LogJson }) => ({ timeMs: Time, fields: fieldsOf(LogJson) })),
      context: String(Context ?? ''),
      isAll: ListOver !== false || found.length === 0,
    }
  }
}
