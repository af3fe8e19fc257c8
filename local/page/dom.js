/** Finds an element of the page, which is there. @param {string} id @returns {any} */
export const byId = (id) => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`There is no #${id}.`)
  return found
}

/**
 * Makes an element.
 * @param {string} name
 * @param {Record<string, unknown>} [fields] `class`, attributes, and listeners such as `onclick`
 * @param {...(Node | string)} children
 */
export const make = (name, fields = {}, ...children) =>
  fill(document.createElement(name), fields, children)

/**
 * Makes an element of a drawing.
 * @param {string} name
 * @param {Record<string, unknown>} [fields]
 * @param {...(Node | string)} children
 */
export const draw = (name, fields = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', name), fields, children)

/** @param {Element} element @param {Record<string, unknown>} fields @param {(Node | string)[]} children */
const fill = (element, fields, children) => {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'function')
      element.addEventListener(name.slice(2), /** @type {any} */ (value))
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value))
  }
  element.append(...children)
  return element
}

/** Shows a text, touching the page only where it changed. @param {HTMLElement} element @param {string} text */
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text
}
