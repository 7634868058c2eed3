/**
 * The vendors' own descriptions of their interfaces, for tests. They are not part of the product, so what needs them is skipped where the
 * files are not at hand; as published they accept almost anything, so what matters to a test is closed and made required first.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'

export type Schema = Record<string, unknown>
export type SchemaMap = Record<string, Schema>
export const SchemaMap = z.record(z.string(), z.record(z.string(), z.unknown()))
/** Fails when the value does not fit the schema of that name. */
export type Validate = (schema: string, value: unknown) => void

/** The text of a description, and whether tests that need it are to be skipped: with the reason, where it is not at hand. */
export function descriptionAt(file: string): { readonly skip: string | false; readonly read: () => string } {
  const path = fileURLToPath(new URL(`../../shared/specs/${file}`, import.meta.url))
  return {
    skip: existsSync(path) ? false : `the vendor’s description is not at ${path}`,
    read: () => readFileSync(path, 'utf8'),
  }
}

/** `place`: where in the document its schemas stand, which refer to each other by it. */
export function validator(name: string, document: object, place: string): Validate {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(document, name)
  return (schema, value) => {
    const validate = ajv.getSchema(`${name}#/${place}/${schema}`)
    assert.ok(validate, `no schema ${schema}`)
    assert.ok(validate(value), `${schema}: ${ajv.errorsText(validate.errors)}`)
  }
}

export function close(schema: Schema | undefined): void {
  assert.ok(schema)
  if ('properties' in schema) schema['additionalProperties'] = false
}

export function requireIn(schemas: SchemaMap, name: string, required: readonly string[]): void {
  assert.ok(schemas[name], `no schema ${name}`)
  schemas[name] = { ...schemas[name], required }
}
