import { pipeline } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

type Bytes = NodeJS.ReadableStream

/** What has come is given at once, and a body that lacks its last bytes is taken as far as it goes. */
const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const brotliFlush = constants.BROTLI_OPERATION_FLUSH

const unpackers: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: () => createGunzip(flush),
  'x-gzip': () => createGunzip(flush),
  deflate: () => createInflate(flush),
  br: () => createBrotliDecompress({ flush: brotliFlush, finishFlush: brotliFlush }),
}

/**
 * The bytes of a body whose server packed them although it was asked not to. Plain text stays as it is: it has no events or
 * lines whose size would bound what a small body unpacks to.
 */
export const unpacked = (
  body: Bytes | null,
  coding: string,
  contentType: string,
): Bytes | readonly Uint8Array[] => {
  if (body === null) return []
  const unpacker = contentType === 'text/plain' ? undefined : unpackers[coding.trim().toLowerCase()]
  // An error of either side ends the other with it; whoever reads meets it.
  return unpacker === undefined ? body : pipeline(body, unpacker(), () => {})
}
