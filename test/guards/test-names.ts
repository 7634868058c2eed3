/** Whether a test file says a name, as far as its text tells: names may be made of parts that only a run fills in. */
import { parse, walk } from '../house/syntax.ts'
import { literally } from './literally.ts'

/** Says of a suite or test whether a string of the file is its name, or a template from which it can be made. */
export function namesIn(path: string, text: string): (name: string) => boolean {
  const exact = new Set<string>()
  const templates: RegExp[] = []
  walk(parse(path, text).program, (node) => {
    if (node.type === 'Literal' && typeof node.value === 'string') exact.add(node.value)
    if (node.type !== 'TemplateLiteral') return
    const parts = node.quasis.map(({ value }) => value.cooked ?? '')
    if (parts.join('').length >= FIXED_MIN) templates.push(new RegExp(`^${parts.map(literally).join('.+')}$`))
  })
  return (name) => {
    const own = name.replace(DATABASE, '')
    return exact.has(own) || templates.some((template) => template.test(own))
  }
}

/** A template with less text of its own than this would match anything. */
const FIXED_MIN = 8
/** What a suite that runs on both databases adds to its title. */
const DATABASE = / \((pglite|postgres)\)$/
