import { marked } from './marked.js'
import DOMPurify from './purify.js'

marked.use({ gfm: true, breaks: false })

const rules = {
  FORBID_TAGS: [
    'style',
    'form',
    'input',
    'button',
    'textarea',
    'select',
    'img',
    'svg',
    'math',
    'iframe',
  ],
  FORBID_ATTR: ['style', 'class', 'id', 'name'],
  RETURN_DOM_FRAGMENT: true,
}

/** A bot's Markdown as elements that can do no harm. @param {string} text @returns {DocumentFragment} */
export const renderMarkdown = (text) => {
  const html = /** @type {string} */ (marked.parse(text))
  const fragment = /** @type {any} */ (DOMPurify.sanitize(html, rules))
  for (const link of fragment.querySelectorAll('a')) {
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer')
  }
  // Wide content scrolls by itself, by keyboard too.
  for (const wide of fragment.querySelectorAll('pre, table')) {
    const box = document.createElement('div')
    box.className = 'wide'
    box.tabIndex = 0
    box.setAttribute('role', 'group')
    box.setAttribute('aria-label', wide.tagName === 'PRE' ? 'Code' : 'Table')
    wide.replaceWith(box)
    box.append(wide)
  }
  return fragment
}
