import { PICTURE } from './said.ts'

/** A shorter one is an example, and may be what the user asked for. */
const LEAST_CHARS = 256
const LINK = /^!\[[^\]\n]{0,200}\]\(/
const HEAD = 'data:image/'
const BODY = /^[\w.+-]{1,40}(?:;[\w=.+-]{1,40}){0,3},[A-Za-z\d+/=_-]*/
/** The beginnings of `BODY`, whole or not. */
const OPEN_BODY = /^[\w.+-]{0,40}(?:;[\w=.+-]{0,40}){0,3}(?:,[A-Za-z\d+/=_-]*)?$/
const OPEN_LINK = /^!(?:\[(?:[^\]\n]{0,200}(?:\]\(?)?)?)?$/
/** Where a picture may begin; whether anywhere is asked of every delta. */
const START = /!|\bd/g
const SOME_START = /!|\bd/
const REST = /^[A-Za-z\d+/=_-]*/

/** Replaces pictures in a text, wherever its deltas cut them. */
export interface PictureReader {
  readonly feed: (text: string) => string
  /** True outside of whatever may be a picture. */
  readonly isPlain: () => boolean
  /** What was held back because it might have become a picture. */
  readonly end: () => string
}

/** Shows `[picture]` for each picture that is written out in base64, alone or as a Markdown picture. All other text stays as it is. */
export const readWrittenPictures = (): PictureReader => {
  let held = ''
  /** Inside of a picture: what of it still comes is dropped. */
  let inside: 'nothing' | 'picture' | 'link' = 'nothing'

  /** Drops what belongs to the picture. */
  const afterPicture = (text: string): string => {
    const rest = text.slice(REST.exec(text)?.[0].length ?? 0)
    if (rest === '') return ''
    const closes = inside === 'link' && rest.startsWith(')')
    inside = 'nothing'
    return closes ? rest.slice(1) : rest
  }
  const step = (text: string): { readonly shown: string; readonly rest: string } => {
    for (const { index } of text.matchAll(START)) {
      const from = text.slice(index)
      const picture = pictureAt(from)
      if (picture !== undefined) {
        inside = picture.isLink ? 'link' : 'picture'
        return {
          shown: `${text.slice(0, index)}${PICTURE}`,
          rest: afterPicture(from.slice(picture.chars)),
        }
      }
      if (mayBecomePicture(from)) {
        held = from
        return { shown: text.slice(0, index), rest: '' }
      }
    }
    return { shown: text, rest: '' }
  }
  return {
    isPlain: () => held === '' && inside === 'nothing',
    feed(delta) {
      if (held === '' && inside === 'nothing' && !SOME_START.test(delta)) return delta
      let text = inside === 'nothing' ? held + delta : afterPicture(delta)
      held = ''
      let shown = ''
      while (text !== '') {
        const next = step(text)
        shown += next.shown
        text = next.rest
      }
      return shown
    },
    end() {
      const rest = held
      held = ''
      return rest
    },
  }
}

const pictureAt = (
  text: string,
): { readonly isLink: boolean; readonly chars: number } | undefined => {
  const link = LINK.exec(text)?.[0] ?? ''
  const uri = text.slice(link.length)
  if (!uri.startsWith(HEAD)) return undefined
  const body = BODY.exec(uri.slice(HEAD.length))?.[0]
  if (body === undefined || body.length < LEAST_CHARS) return undefined
  return { isLink: link !== '', chars: link.length + HEAD.length + body.length }
}

const mayBecomePicture = (text: string): boolean => {
  if (OPEN_LINK.test(text)) return true
  const uri = text.slice(LINK.exec(text)?.[0].length ?? 0)
  if (uri.length < HEAD.length) return HEAD.startsWith(uri)
  return uri.startsWith(HEAD) && OPEN_BODY.test(uri.slice(HEAD.length))
}
