/** Works on a list, `width` items at a time, and begins none once `signal` has aborted. */
export const atOnce = async <T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const rest = [...items]
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined && !signal.aborted; item = rest.shift()) {
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
}
