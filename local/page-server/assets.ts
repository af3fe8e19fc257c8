import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname } from 'node:path'

const page = (file: string): URL => new URL(`../page/${file}`, import.meta.url)
const installed = (file: string): URL => new URL(`../../node_modules/${file}`, import.meta.url)

/** Every file that the page consists of, by its path. */
const files: ReadonlyMap<string, URL> = new Map([
  ['/', page('index.html')],
  ...[
    'style.css',
    'main.js',
    'state.js',
    'chat.js',
    'bubbles.js',
    'composer.js',
    'ghost.js',
    'pairs.js',
    'panes.js',
    'scenarios.js',
    'build.js',
    'inspector.js',
    'reasons.js',
    'markdown.js',
    'reply-calls.js',
    'timeline.js',
    'chart.js',
    'figures.js',
    'durations.js',
    'settings.js',
    'dom.js',
    'icon.svg',
  ].map((file) => [`/page/${file}`, page(file)] as const),
  ['/page/marked.js', installed('marked/lib/marked.esm.js')],
  ['/page/purify.js', installed('dompurify/dist/purify.es.mjs')],
])

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Nothing from elsewhere, no inline script, no frame: what a bot writes can do nothing but be read. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** True where the path is a file of the page, which is then sent. */
export const sendAsset = (path: string, response: ServerResponse): boolean => {
  const file = files.get(path)
  if (file === undefined) return false
  void readFile(file).then(
    (content) => {
      response.writeHead(200, {
        'content-type': types[extname(file.pathname)] ?? 'application/octet-stream',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      })
      response.end(content)
    },
    () => response.writeHead(404).end(),
  )
  return true
}
