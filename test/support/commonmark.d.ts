/** The little that the tests use of the reference parser of CommonMark and of its examples. */
declare module 'commonmark' {
  interface Node {
    readonly type: string
    readonly literal: string | null
    readonly _isFenced?: boolean
  }
  export class Parser {
    parse(text: string): {
      walker(): { next(): { readonly entering: boolean; readonly node: Node } | null }
    }
  }
}

declare module 'commonmark-spec' {
  export const tests: ReadonlyArray<{
    readonly markdown: string
    readonly section: string
    readonly number: number
  }>
}
