/** What a fault did to a call, for people. @type {Record<string, string>} */
const faults = {
  dropBefore: 'The connection broke before the call arrived.',
  dropAfter: 'The call was applied, and the connection broke before its answer came.',
  hangBefore: 'The call never arrived, and no answer came.',
  hangAfter: 'The call was applied, and no answer came.',
  late: 'The connection broke at once, and the call was applied later.',
  http: 'Something in between answered in place of the service.',
  garbage: 'The answer could not be read.',
}

/** @type {Record<number, string>} */
const codes = {
  60007:
    'The service had too many calls. Its text is kept, goes out with the next call, and the pauses between calls grow for a while.',
  10002: 'The service failed inside. The same text is sent again after a short pause.',
  80001: 'The service refuses this text for good, so the reply ends here.',
}

/** What was decided after a call, and why, in a sentence or two. @param {string} kind @param {any} call */
export const whyOf = (kind, call) => {
  switch (kind) {
    case 'read':
      return 'An answer was lost before: reading the message back shows how much of the text is there, so that nothing is sent twice.'
    case 'doubt':
      return `${faults[call.fault] ?? 'No answer came.'} From here nobody can tell whether it was applied, so the message is read back before anything else is sent.`
    case 'refused':
      return (
        codes[call.code] ??
        `The service refused the call with ErrorCode ${call.code}: what that means is decided by its kind.`
      )
    case 'open':
      return 'The call is under way. Text that comes meanwhile goes out with the next one: only one call of a reply is under way at a time.'
    default:
      return call.finish
        ? 'The service applied the last text, and with it closed the message: users can write again.'
        : 'The service applied the text. The next call begins MIN_GAP_MS after this one began, at the earliest, with all text that has come until then.'
  }
}
