/** A piece of what a model says, to its user or to itself. */
export interface Said {
  readonly kind: 'text' | 'reasoning'
  readonly text: string
}

export { PICTURE } from '../../core/conversation/asked-text.ts'
