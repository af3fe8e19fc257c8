/** `1.23 s`. @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`

/** Whole milliseconds below a second. @param {number} ms */
export const millis = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : seconds(ms))

/** The time of day. @param {number} ms */
export const clock = (ms) => new Date(ms).toLocaleTimeString('en-GB')
