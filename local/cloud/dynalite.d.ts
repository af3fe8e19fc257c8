declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** An HTTP server that speaks DynamoDB and keeps its tables in memory; it does not listen yet. */
  export default function dynalite(options?: {
    /** How long a new table is CREATING, in ms; 500 without it. */
    readonly createTableMs?: number
  }): Server
}
