import { fieldsOf } from '../json.ts'

/** What a user sent that is no text. Every `url` is http or https, as the service gave it. */
export type Attachment =
  /** The biggest size known to be under 1,600 px, else the service's middle one. A size that is absent is unknown. */
  | {
      readonly kind: 'image'
      readonly url: string
      readonly width?: number
      readonly height?: number
      readonly bytes?: number
    }
  | MediaAttachment<'voice'>
  | MediaAttachment<'video'>
  | {
      readonly kind: 'file'
      readonly url: string
      /** Without the folders of the sender's device. */
      readonly name?: string
      readonly bytes?: number
    }
  | {
      readonly kind: 'location'
      readonly latitude: number
      readonly longitude: number
      readonly description?: string
    }
  | { readonly kind: 'sticker'; readonly index: number; readonly data?: string }

interface MediaAttachment<Kind> {
  readonly kind: Kind
  readonly url: string
  readonly seconds?: number
  readonly bytes?: number
}

export type AttachmentKind = Attachment['kind']

/** Every kind, as a source names what it takes. */
export const ATTACHMENT_KINDS = [
  'image',
  'voice',
  'video',
  'file',
  'location',
  'sticker',
] as const satisfies readonly AttachmentKind[]

type FieldTypes = Readonly<Record<string, 'string' | 'number'>>

const fieldTypes: Readonly<
  Record<AttachmentKind, { readonly needed: FieldTypes; readonly more: FieldTypes }>
> = {
  image: {
    needed: { url: 'string' },
    more: { width: 'number', height: 'number', bytes: 'number' },
  },
  voice: { needed: { url: 'string' }, more: { seconds: 'number', bytes: 'number' } },
  video: { needed: { url: 'string' }, more: { seconds: 'number', bytes: 'number' } },
  file: { needed: { url: 'string' }, more: { name: 'string', bytes: 'number' } },
  location: {
    needed: { latitude: 'number', longitude: 'number' },
    more: { description: 'string' },
  },
  sticker: { needed: { index: 'number' }, more: { data: 'string' } },
}

/** Reads attachments as `JSON.stringify` wrote them; what is none is left out. */
export const parseAttachments = (value: unknown): readonly Attachment[] =>
  Array.isArray(value) ? value.flatMap((one) => parseAttachment(one) ?? []) : []

const parseAttachment = (value: unknown): Attachment | undefined => {
  const fields = fieldsOf(value)
  const kind = ATTACHMENT_KINDS.find((one) => one === fields['kind'])
  if (kind === undefined) return undefined
  const { needed, more } = fieldTypes[kind]
  const has = ([name, type]: readonly [string, string]) => typeof fields[name] === type
  if (!Object.entries(needed).every(has)) return undefined
  const names = Object.entries({ ...needed, ...more }).filter(has)
  return { kind, ...Object.fromEntries(names.map(([name]) => [name, fields[name]])) } as Attachment
}
