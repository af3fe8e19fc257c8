import { crc32, deflateRawSync } from 'node:zlib'

/** 1 January 1980, the first day that an archive knows: the same files make the same archive at any time. */
const day = 0x00_21
const deflated = 8
const version = 20
/** A plain file that everybody may read. */
const unixMode = 0o100644 * 0x1_00_00

/**
 * An archive of files as APPNOTE.TXT of PKWARE describes it; each name stands for its content.
 * @param {Readonly<Record<string, Buffer>>} files
 * @returns {Buffer}
 */
export const zip = (files) => {
  /** @type {Buffer[]} */
  const local = []
  /** @type {Buffer[]} */
  const directory = []
  let offset = 0
  for (const [file, content] of Object.entries(files)) {
    const name = Buffer.from(file)
    const packed = deflateRawSync(content, { level: 9 })
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(version, 0)
    facts.writeUInt16LE(deflated, 4)
    facts.writeUInt16LE(day, 8)
    facts.writeUInt32LE(crc32(content), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(content.length, 18)
    facts.writeUInt16LE(name.length, 22)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(unixMode, 6)
    place.writeUInt32LE(offset, 10)
    const entry = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, name, packed])
    local.push(entry)
    // Made by Unix: only then does the mode count.
    directory.push(Buffer.from('PK\u0001\u0002'), Buffer.from([version, 3]), facts, place, name)
    offset += entry.length
  }
  const count = Object.keys(files).length
  const end = Buffer.alloc(18)
  end.writeUInt16LE(count, 4)
  end.writeUInt16LE(count, 6)
  end.writeUInt32LE(Buffer.concat(directory).length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, ...directory, Buffer.from('PK\u0005\u0006'), end])
}
