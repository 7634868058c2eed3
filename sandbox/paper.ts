const LINE_HEIGHT = 18
const TOP = 780

/** A page of text as a PDF that any reader opens. What is not ASCII is left out: its one font has nothing else. */
export function paper(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => line.replaceAll(/[^ -~]/g, '').replaceAll(/[\\()]/g, String.raw`\$&`))
  const text = `BT /F1 12 Tf 50 ${TOP} Td ${LINE_HEIGHT} TL ${shown.map((line) => `(${line}) Tj T*`).join(' ')} ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.4\n'
  const places = objects.map((object, index) => {
    const place = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return place
  })
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')
  const xref = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`
  return Buffer.from(file + xref + trailer, 'latin1')
}

const PDF = Buffer.from('%PDF-')

/** A document after its signing: what it was, with a mark behind it, so that its bytes are others. */
export const signedPaper = (document: Buffer, signers: readonly string[]): Buffer =>
  document.subarray(0, PDF.length).equals(PDF)
    ? Buffer.concat([document, Buffer.from(`\n% signed by ${signers.length}\n`)])
    : paper([...document.toString('utf8').split('\n'), ...signers.map((signer) => `Signed: ${signer}`)])
