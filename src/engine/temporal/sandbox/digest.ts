import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { type OperationDigest, textOfOperation } from '../../run/operation-digest.ts'

/** As the workers make it: there is no Node in the sandbox. */
export const digestOfOperation: OperationDigest = (operation) =>
  bytesToHex(sha256(utf8ToBytes(textOfOperation(operation))))

export const bytesOf = (text: string): number => utf8ToBytes(text).length
