/** What the plugin's modules hand to each other. Types alone: nothing of this runs. */
import type { BuildOptions } from 'esbuild'

export type Environment = Readonly<Record<string, string | undefined>>
type Variables = Readonly<Record<string, string>>

/** A function as serverless.scf.yml describes it. */
export interface ServiceFunction {
  /** Such as `replies`. */
  readonly key: string
  /** Such as `tencent-chat-stream-dev-replies`. */
  readonly name: string
  /** Such as `handlers/replies.handler`. */
  readonly handler: string
  readonly description: string
  readonly timeoutSeconds: number
  readonly memoryMb: number
  /** True for one that is called by URL. */
  readonly hasUrl: boolean
  /** When a timer calls it: seconds, minutes, hours, day, month, weekday, year. */
  readonly timer?: string
  /** The variables that the file gives it. */
  readonly variables: Variables
  /** Where asynchronous invocations go that failed for good. */
  readonly deadLetter?: DeadLetter
  /** Instances that are its own, and the most that it may have; 0 gives them back. Left as it is where it is absent. */
  readonly reservedInstances?: number
}

export interface DeadLetter {
  readonly type: 'CMQ-QUEUE' | 'CMQ-TOPIC'
  readonly name: string
}

/** The service as serverless.scf.yml describes it. */
export interface Service {
  readonly name: string
  readonly stage: string
  /** Where the project lies. */
  readonly directory: string
  /** Where archives are written to, and read from. */
  readonly packageDirectory: string
  /** Such as `ap-singapore`; empty where nobody said it. */
  readonly region: string
  readonly runtime: string
  /** The role that the functions run under; empty where nobody said it. */
  readonly role: string
  readonly vpc?: { readonly vpcId: string; readonly subnetId: string }
  readonly logs?: { readonly logsetId: string; readonly topicId: string }
  readonly bundling: BuildOptions
  readonly functions: readonly ServiceFunction[]
}

/** The archive of a function, as it was packaged. */
export interface Packaged {
  /** `replies.handler`: SCF wants the file at the root of the archive. */
  readonly handler: string
  readonly archive: Buffer
  /** Changes with the code and with nothing else. */
  readonly digest: string
}

/** A function as it shall stand at SCF. */
export interface WantedFunction extends Packaged {
  readonly name: string
  readonly key: string
  readonly runtime: string
  readonly description: string
  readonly memoryMb: number
  readonly timeoutSeconds: number
  /** The role that lets it invoke the worker. */
  readonly role: string
  readonly variables: Variables
  readonly vpc?: Service['vpc']
  readonly logs?: Service['logs']
  readonly deadLetter?: DeadLetter
  readonly reservedInstances?: number
  readonly trigger?: WantedTrigger
}

/** What calls a function. */
export interface WantedTrigger {
  readonly type: 'http' | 'timer'
  readonly name: string
  readonly description: string
}

/** Who deploys, and where to. */
export interface Access {
  readonly secretId: string
  readonly secretKey: string
  /** Comes with temporary credentials. */
  readonly token?: string
  /** Such as `ap-singapore`. */
  readonly region: string
  /** Used instead of `https://scf.tencentcloudapi.com`. */
  readonly endpoint?: string
  /** Used instead of `https://cls.tencentcloudapi.com`. */
  readonly logsEndpoint?: string
}

export interface Clock {
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

/** What `log`, `writeText` and the options of a command are to a verb. */
export interface VerbContext {
  /** The service; only once the framework has read it, and so not before a hook runs. */
  readonly service: () => Service
  readonly options: Readonly<Record<string, unknown>>
  readonly env: Environment
  readonly clock: Clock
  /** One line to whoever typed the command. */
  readonly say: (line: string) => void
  /** Tells the framework where the archive of a function lies. */
  readonly setArtifact: (key: string, path: string) => void
}

/** The hooks of one verb, by their names in the framework. */
export type Verb = (context: VerbContext) => Readonly<Record<string, () => Promise<void>>>

/** What of the framework is used here. */
export interface Serverless {
  readonly serviceDir: string
  readonly service: {
    readonly service: string
    readonly provider: Readonly<Record<string, unknown>> & { readonly name: string }
    readonly package: { readonly path?: string }
    readonly custom?: Readonly<Record<string, unknown>>
    readonly functions: Readonly<Record<string, ServerlessFunction>>
  }
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  readonly configSchemaHandler: {
    defineProvider(name: string, schema: object): void
    defineFunctionEvent(provider: string, name: string, schema: object): void
  }
  setProvider(name: string, provider: object): void
}

export interface ServerlessFunction {
  readonly name: string
  readonly handler: string
  readonly description?: string
  readonly timeout?: number
  readonly memorySize?: number
  readonly environment?: Readonly<Record<string, unknown>>
  readonly deadLetter?: string
  readonly reservedConcurrency?: number | string
  readonly events: readonly { readonly url?: unknown; readonly timer?: string }[]
  package?: { artifact?: string }
}
