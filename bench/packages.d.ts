/**
 * The little that the benchmark uses of packages which only its own package.json installs. So the project's types can be
 * checked without them.
 */
declare module '@slack/web-api' {
  export class WebClient {
    constructor(token: string, options: { readonly slackApiUrl: string; readonly logLevel: string })
    chatStream(options: {
      readonly channel: string
      readonly thread_ts: string
      readonly buffer_size: number
    }): {
      append(part: { readonly markdown_text: string }): Promise<unknown>
      stop(): Promise<unknown>
    }
  }
}

declare module '@chat-adapter/slack' {
  export const createSlackAdapter: (options: object) => object
}

declare module '@chat-adapter/state-memory' {
  export const createMemoryState: () => object
}

declare module 'chat' {
  export type PostedMessage = string | { readonly markdown: string }
  export class ConsoleLogger {
    constructor(level: 'silent')
  }
  export class ThreadImpl {
    constructor(options: object)
    post(deltas: AsyncIterable<string>): Promise<unknown>
  }
}

declare module 'grammy' {
  export class Api {
    constructor(token: string, options: { readonly apiRoot: string })
    readonly raw: object
  }
}

declare module '@grammyjs/stream' {
  export const streamApi: (raw: object) => {
    streamMessage(chat: number, draftsFrom: number, deltas: AsyncIterable<string>): Promise<unknown>
  }
}

declare module '@microsoft/teams.api' {
  export class Client {
    constructor(serviceUrl: string)
  }
}

declare module '@microsoft/teams.apps/dist/http/http-stream.js' {
  export class HttpStream {
    constructor(client: object, reference: object, logger: object)
    emit(text: string): void
    close(): Promise<unknown>
  }
}

declare module '@observablehq/plot' {
  export const plot: (options: object) => { readonly outerHTML: string }
  export const line: (data: readonly object[], options: object) => object
  export const dot: (data: readonly object[], options: object) => object
  export const text: (data: readonly object[], options: object) => object
  export const ruleY: (data: readonly number[], options?: object) => object
  export const gridX: (options?: object) => object
  export const gridY: (options?: object) => object
}

declare module 'linkedom' {
  export const parseHTML: (html: string) => { readonly document: object }
}
