/** Callers that wait for their turn: edges before middles, else first come first served. */
export interface WaiterQueue {
  readonly length: number
  /** Resolves true when it is this caller's turn, false when `signal` aborts first. */
  join(kind: 'edge' | 'middle', signal: AbortSignal): Promise<boolean>
  /** Lets the next caller go, if there is one. */
  serve(): void
}

type Settle = (served: boolean) => void

/** `onLeft` is called when a caller has left unserved. */
export const waiterQueue = (onLeft: () => void): WaiterQueue => {
  const lines = { edge: new Set<Settle>(), middle: new Set<Settle>() }

  return {
    get length() {
      return lines.edge.size + lines.middle.size
    },
    join: (kind, signal) =>
      new Promise((resolve) => {
        const settle = (served: boolean): void => {
          lines[kind].delete(settle)
          signal.removeEventListener('abort', leave)
          resolve(served)
        }
        const leave = (): void => {
          settle(false)
          onLeft()
        }
        lines[kind].add(settle)
        signal.addEventListener('abort', leave, { once: true })
      }),
    serve() {
      const [next] = lines.edge.size > 0 ? lines.edge : lines.middle
      next?.(true)
    },
  }
}
