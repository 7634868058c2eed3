/** The plainest value that fits a JSON Schema of the strict subset: the first choice, the least number, the shortest text. */
export function exampleOf(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return null
  if ('const' in schema) return schema.const
  if ('enum' in schema && Array.isArray(schema.enum)) return schema.enum[0]
  if ('anyOf' in schema && Array.isArray(schema.anyOf)) return exampleOf(schema.anyOf[0])
  const given: unknown = 'type' in schema ? schema.type : 'null'
  const type: unknown = Array.isArray(given) ? given[0] : given
  switch (type) {
    case 'object':
      return 'properties' in schema ? examplesOf(schema.properties) : {}
    case 'array':
      return Array.from({ length: least(schema, 'minItems') }, () => exampleOf('items' in schema ? schema.items : null))
    case 'string':
      return 'x'.repeat(Math.max(1, least(schema, 'minLength')))
    case 'integer':
    case 'number':
      return least(schema, 'minimum')
    case 'boolean':
      return false
    default:
      return null
  }
}

const examplesOf = (properties: unknown) =>
  typeof properties === 'object' && properties !== null
    ? Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, exampleOf(part)]))
    : {}

function least(schema: object, keyword: string): number {
  const value = (schema as Readonly<Record<string, unknown>>)[keyword]
  return typeof value === 'number' ? value : 0
}
