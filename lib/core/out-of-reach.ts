/** Thrown by an adapter when what it stands for cannot be reached; worth another try later. */
export class OutOfReach extends Error {
  readonly what: 'store' | 'secret' | 'queue'
  /** True when it answered that too many ask. */
  readonly crowded: boolean

  constructor(
    what: OutOfReach['what'],
    detail: string,
    { crowded = false, ...options }: ErrorOptions & { readonly crowded?: boolean } = {},
  ) {
    super(`${what} out of reach: ${detail}`, options)
    this.name = 'OutOfReach'
    this.what = what
    this.crowded = crowded
  }
}
