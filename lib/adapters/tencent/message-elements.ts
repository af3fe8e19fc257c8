import type { Attachment } from '../../core/conversation/attachment.ts'
import { type Fields, fieldsOf, parsedJson } from '../../core/json.ts'
import { wellFormed } from '../../core/text/well-formed.ts'

/** An element of a message, its content not looked at. */
export interface MessageElement {
  readonly MsgType: string
  readonly MsgContent?: unknown
}

/** The elements' texts, a line each. */
export const textIn = (elements: readonly MessageElement[]): string => {
  const texts = elements
    .filter(({ MsgType: type }) => type === 'TIMTextElem')
    .map(({ MsgContent: content }) => fieldsOf(content)['Text'])
    .filter((text) => typeof text === 'string')
  return wellFormed(texts.join('\n'))
}

/** What the custom elements carry, as far as it is JSON. */
export const customIn = (elements: readonly MessageElement[]): readonly Fields[] =>
  elements
    .filter(({ MsgType: type }) => type === 'TIMCustomElem')
    .map(({ MsgContent: content }) => fieldsOf(content)['Data'])
    .filter((data) => typeof data === 'string')
    .map((data) => fieldsOf(parsedJson(data)))

/**
 * The elements that can be had or understood, in their order (document 1047/33527). What has no address of the web, as from the
 * oldest SDKs, is none of them.
 */
export const attachmentsIn = (elements: readonly MessageElement[]): readonly Attachment[] =>
  elements.flatMap(
    ({ MsgType: type, MsgContent: content }) => readers.get(type)?.(fieldsOf(content)) ?? [],
  )

type Reader = (content: Fields) => Attachment | undefined

const readers: ReadonlyMap<string, Reader> = new Map(
  Object.entries<Reader>({
    TIMImageElem: ({ ImageInfoArray: sizes }) => imageOf(Array.isArray(sizes) ? sizes : []),
    TIMSoundElem: ({ Url, Second, Size }) =>
      at(Url, (url) => ({
        kind: 'voice',
        url,
        ...count('seconds', Second),
        ...count('bytes', Size),
      })),
    TIMVideoFileElem: ({ VideoUrl, VideoSecond, VideoSize }) =>
      at(VideoUrl, (url) => ({
        kind: 'video',
        url,
        ...count('seconds', VideoSecond),
        ...count('bytes', VideoSize),
      })),
    TIMFileElem: ({ Url, FileName, FileSize }) =>
      at(Url, (url) => ({ kind: 'file', url, ...nameOf(FileName), ...count('bytes', FileSize) })),
    TIMLocationElem: ({ Latitude: latitude, Longitude: longitude, Desc }) =>
      typeof latitude === 'number' && typeof longitude === 'number'
        ? { kind: 'location', latitude, longitude, ...words('description', Desc) }
        : undefined,
    TIMFaceElem: ({ Index: index, Data }) =>
      typeof index === 'number' ? { kind: 'sticker', index, ...words('data', Data) } : undefined,
  }),
)

const MAX_URL_CHARS = 4_096

const at = (url: unknown, read: (url: string) => Attachment): Attachment | undefined =>
  typeof url === 'string' && url.length <= MAX_URL_CHARS && /^https?:\/\/[\x21-\x7e]+$/i.test(url)
    ? read(url)
    : undefined

/** Clients say 0 of what they do not know. */
const count = <Name extends string>(name: Name, value: unknown): { [K in Name]?: number } =>
  typeof value === 'number' && value > 0 ? ({ [name]: value } as { [K in Name]: number }) : {}

const words = <Name extends string>(name: Name, value: unknown): { [K in Name]?: string } =>
  typeof value === 'string' && value !== ''
    ? ({ [name]: wellFormed(value) } as { [K in Name]: string })
    : {}

/** Some clients send the path on their device. */
const nameOf = (name: unknown): { readonly name?: string } =>
  words('name', typeof name === 'string' ? name.split(/[/\\]/).at(-1) : undefined)

/** A picture's side at which the next smaller size is taken, in pixels. */
const SIDE_PX = 1_600
/** The longer side of the sizes whose measures the service does not say: the paths of their addresses end in it. */
const usualSides: ReadonlyMap<unknown, number> = new Map([
  [2, 720],
  [3, 198],
])

/** The biggest size below `SIDE_PX`; else the one that is nearest to it, as far as anybody can tell. */
const imageOf = (sizes: readonly unknown[]): Attachment | undefined => {
  const pictures = sizes.map(fieldsOf).flatMap((size) => {
    const { Width, Height, Size, URL: url, Type } = size
    const measures = { ...count('width', Width), ...count('height', Height) }
    const knownSide = Math.max(measures.width ?? 0, measures.height ?? 0)
    const side = knownSide || (usualSides.get(Type) ?? Number.POSITIVE_INFINITY)
    const picture = at(url, (it) => ({
      kind: 'image',
      url: it,
      ...measures,
      ...count('bytes', Size),
    }))
    return picture === undefined ? [] : { picture, side }
  })
  const bySide = [...pictures].sort((a, b) => (a.side === b.side ? 0 : a.side - b.side))
  return (bySide.findLast(({ side }) => side < SIDE_PX) ?? bySide[0])?.picture
}
