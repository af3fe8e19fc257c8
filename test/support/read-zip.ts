import { inflateRawSync } from 'node:zlib'

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string
  readonly content: Buffer
}

const endOfDirectory = Buffer.from('PK\u0005\u0006')
const STORED = 0

/** Reads an archive as APPNOTE.TXT of PKWARE describes it: no encryption, no zip64, deflated or stored. */
export const readZip = (archive: Buffer): readonly ZipEntry[] => {
  const end = archive.lastIndexOf(endOfDirectory)
  if (end < 0) throw new Error('This is not a zip archive: it has no directory.')
  let at = archive.readUInt32LE(end + 16)
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    const content = readContent(archive, at)
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
    return { name, content }
  })
}

const readContent = (archive: Buffer, at: number): Buffer => {
  const method = archive.readUInt16LE(at + 10)
  const size = archive.readUInt32LE(at + 20)
  const local = archive.readUInt32LE(at + 42)
  const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const packed = archive.subarray(from, from + size)
  return method === STORED ? packed : inflateRawSync(packed)
}
