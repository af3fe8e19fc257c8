import type { KnownCaller } from './tc3-check.ts'
import { type ApiRequest, Refusal, startTencentApi } from './tencent-api.ts'

/** A line of a log, as SCF writes it to CLS. */
export interface LoggedLine {
  readonly topicId: string
  readonly functionName: string
  readonly atMs: number
  readonly message: string
}

const fits = (line: LoggedLine, { TopicId, From, To, Query }: ApiRequest): boolean =>
  line.topicId === TopicId &&
  line.atMs >= Number(From) &&
  line.atMs <= Number(To) &&
  String(Query).startsWith(`SCF_FunctionName:"${line.functionName}"`)

/** CLS (2020-10-16): searches `lines`, two to a page. */
export const startCls = (caller: KnownCaller, lines: readonly LoggedLine[]) =>
  startTencentApi(caller, {
    service: 'cls',
    version: '2020-10-16',
    required: { SearchLog: ['From', 'To'] },
    actions: {
      SearchLog: (request) => {
        if (Number(request['Limit']) > 1_000) throw new Refusal('InvalidParameter', 'Limit')
        const found = lines.filter((line) => fits(line, request))
        const from = Number(request['Context'] ?? 0)
        const page = found.slice(from, from + 2)
        return {
          Results: page.map(({ atMs, functionName, message }) => ({
            Time: atMs,
            LogJson: JSON.stringify({ SCF_FunctionName: functionName, SCF_Message: message }),
          })),
          Context: String(from + 2),
          ListOver: from + 2 >= found.length,
        }
      },
    },
  })
