/** An answer as Tencent spells it. */
export interface ServiceAnswer {
  readonly ActionStatus: 'OK' | 'FAIL'
  readonly ErrorInfo: string
  readonly ErrorCode: number
  readonly MsgKey?: string
  readonly [field: string]: unknown
}

/** The service did what was asked. */
export const accepted = (fields: Readonly<Record<string, unknown>> = {}): ServiceAnswer => ({
  ActionStatus: 'OK',
  ErrorInfo: '',
  ErrorCode: 0,
  ...fields,
})

/** The service did nothing. */
export const refusal = (code: number, info: string): ServiceAnswer => ({
  ActionStatus: 'FAIL',
  ErrorInfo: info,
  ErrorCode: code,
})
