/*
 * In place of iconv-lite, whose tables of old East Asian encodings are half a megabyte. The connection speaks UTF-8, and so do the
 * server's own tables; what Node reads by itself is left to it.
 */

/** @param {string} encoding */
const known = (encoding) => {
  // MySQL's old `utf8` has no characters beyond the first plane, and so is the same.
  const name = encoding === 'cesu8' ? 'utf8' : encoding
  if (Buffer.isEncoding(name)) return name
  throw new Error(`No encoding ${encoding} is known here.`)
}

/** @param {string} encoding */
const getDecoder = (encoding) => {
  const name = known(encoding)
  return { write: (/** @type {Buffer} */ bytes) => bytes.toString(name), end: () => undefined }
}

/** @param {string} encoding */
const getEncoder = (encoding) => {
  const name = known(encoding)
  return { write: (/** @type {string} */ text) => Buffer.from(text, name), end: () => undefined }
}

module.exports = { getDecoder, getEncoder, encodingExists: Buffer.isEncoding }
