/** Bytes to keep for good. Their name is their digest, so putting the same ones twice into one folder keeps one document. */
export interface NewDocument {
  /**
   * What belongs together, such as the id of a run: undoing a put takes the document out of this folder, whoever else put
   * the same bytes there. Letters, digits, `-` and `_`, at most 100.
   */
  readonly folder: string
  /** `application/pdf`. */
  readonly mediaType: string
  readonly contentBase64: string
}

/** What a flow holds of a document instead of its bytes. */
export interface DocumentReference {
  /** Finds it within the tenant; to another tenant it says nothing. */
  readonly reference: string
  /** Of its bytes, as 64 hexadecimal digits. */
  readonly sha256: string
}

export interface DocumentsSystem {
  /** Keeps the bytes. A document is never written over. */
  put(document: NewDocument): Promise<DocumentReference & { readonly bytes: number }>
  /** The bytes, which have the digest of the reference; else it is refused as `DOCUMENT_CHANGED`. */
  get(document: DocumentReference): Promise<{ readonly contentBase64: string }>
  exists(document: DocumentReference): Promise<{ readonly exists: boolean }>
  /** Undoes `put`. Deleting twice is no error; a store that keeps for good refuses. */
  delete(document: DocumentReference): Promise<{ readonly reference: string }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly documents: DocumentsSystem
  }
}
