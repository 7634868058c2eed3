import { searchAttributes } from '../../src/engine/temporal/sandbox/search-attributes.ts'

/** What runs are searched by: keywords, all of them. */
export const SEARCHED_BY: readonly string[] = Object.values(searchAttributes).map(({ name }) => name)
