/**
 * A flow is called again after every crash and must then do the same. Whatever differs between two calls is refused in
 * `workflow.ts`: the compiler cannot see it, and on an engine without a sandbox nothing else would.
 */
import type { Node } from 'oxc-parser'
import { type Finding, finding } from './repository.ts'
import { importsOf, type Place, parse, walk } from './syntax.ts'

const flowOffersTime = 'time comes from the flow'
const flowOffersChance = 'chance and ids come from the flow'
const onlySteps = 'a flow reaches the world through its steps only'
const onlyBranches = 'parallel work is named branches of the flow, so that step keys are stable'
const oneRealm = 'what differs between machines is not for a flow'

/** Global names and why a flow must not read them. */
const refused: Readonly<Record<string, string>> = {
  Date: flowOffersTime,
  performance: flowOffersTime,
  setTimeout: flowOffersTime,
  setInterval: flowOffersTime,
  setImmediate: flowOffersTime,
  clearTimeout: flowOffersTime,
  clearInterval: flowOffersTime,
  clearImmediate: flowOffersTime,
  queueMicrotask: flowOffersTime,
  crypto: flowOffersChance,
  fetch: onlySteps,
  process: onlySteps,
  console: onlySteps,
  require: onlySteps,
  WebSocket: onlySteps,
  EventSource: onlySteps,
  BroadcastChannel: onlySteps,
  Promise: onlyBranches,
  Intl: oneRealm,
  globalThis: oneRealm,
  global: oneRealm,
  eval: oneRealm,
  Function: oneRealm,
  WeakRef: oneRealm,
  FinalizationRegistry: oneRealm,
  Atomics: oneRealm,
  SharedArrayBuffer: oneRealm,
}

export const isWorkflow = (path: string): boolean => /^src\/workflows\/.*\/workflow\.ts$/.test(path)

export function findImpurities(path: string, text: string): readonly Finding[] {
  const source = parse(path, text)
  const found: Finding[] = importsOf(source)
    .filter(({ specifier, typeOnly }) => !typeOnly && !/^(\.\.\/)+flow\/index\.ts$/.test(specifier))
    .map(({ specifier, line }) => finding(path, line, `only the language is imported at run time, not ${specifier}`))

  walk(source.program, (node, place) => {
    const reason = reasonAgainst(node, place)
    if (reason !== undefined) found.push(finding(path, source.lineOf(node.start), reason))
  })
  return found
}

function reasonAgainst(node: Node, place: Place): string | undefined {
  if (node.type === 'Identifier' && isRead(place) && Object.hasOwn(refused, node.name)) {
    return `${node.name}: ${refused[node.name]}`
  }
  if (isMathRandom(node, place)) return `Math.random: ${flowOffersChance}`
  if (node.type === 'MetaProperty' && node.meta.name === 'import') return `import.meta: ${oneRealm}`
  if (node.type === 'VariableDeclaration' && node.kind !== 'const' && place.parent?.type === 'Program') {
    return `${node.kind} at the top of the file: runs would share it`
  }
  return undefined
}

/** The name stands for a value: not for a field (`flow.fetch`), a key, or a type (`Promise<Terms>`). */
function isRead({ parent, field }: Place): boolean {
  switch (parent?.type) {
    case 'MemberExpression':
      return field === 'object' || parent.computed
    case 'Property':
      return field === 'value' || parent.computed
    case 'TSTypeReference':
    case 'TSQualifiedName':
    case 'TSPropertySignature':
    case 'TSMethodSignature':
    case 'TSInterfaceHeritage':
      return false
    default:
      return true
  }
}

/** `Math.random`, and whatever could hide it: `Math[name]`, `const { random } = Math`. */
function isMathRandom(node: Node, place: Place): boolean {
  if (node.type === 'Identifier' && node.name === 'Math') return place.parent?.type !== 'MemberExpression'
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier' || node.object.name !== 'Math') return false
  const { property } = node
  return (property.type === 'Identifier' && property.name === 'random') || node.computed
}
