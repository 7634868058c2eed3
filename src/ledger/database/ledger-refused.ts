interface Kind {
  /** `{name}` is replaced by the detail of that name. */
  readonly en: string
  readonly ar: string
}

/** Why a ledger as a whole is not used, or not moved. Nothing was changed in any of them. */
const kinds = {
  LEDGER_MOVED: {
    en: 'This ledger was moved to {other}. What is left here is its tombstone; nothing was changed. Use the ledger there.',
    ar: 'نُقل هذا السجل إلى {other}. ما بقي هنا أثره فقط ولم يتغير شيء. استخدم السجل هناك.',
  },
  LEDGER_ARRIVING: {
    en: 'This is the copy of a ledger on its way here from {other}. Nobody may use it yet, and nothing was changed. Run the same sijil db move again: it finishes, or begins again.',
    ar: 'هذه نسخة سجل في طريقه إلى هنا من {other}. لا يجوز استخدامها بعد ولم يتغير شيء. أعد تنفيذ أمر النقل نفسه ليكتمل أو يبدأ من جديد.',
  },
  LEDGER_IN_USE: {
    en: '{place} is in use: {who}. Nothing was moved. Stop every server of this ledger and run the command again.',
    ar: '{place} قيد الاستخدام: {who}. لم يُنقل شيء. أوقف كل خوادم هذا السجل ثم أعد تنفيذ الأمر.',
  },
  NO_LEDGER: {
    en: 'There is no ledger in {place}. Nothing was moved. Name the one that there is with DATABASE_URL or SIJIL_DATA.',
    ar: 'لا يوجد سجل في {place}. لم يُنقل شيء. حدّد السجل الموجود عبر DATABASE_URL أو SIJIL_DATA.',
  },
  MOVE_TARGET_NOT_EMPTY: {
    en: '{place} is not empty: it holds {what}. Nothing was changed there, and nothing was moved. Name an empty database or a new directory.',
    ar: '{place} ليس فارغًا: فيه {what}. لم يتغير شيء هناك ولم يُنقل شيء. حدّد قاعدة بيانات فارغة أو مجلدًا جديدًا.',
  },
  MOVE_TARGET_TAKEN: {
    en: '{place} holds the copy of another move, from {other}. Nothing was changed there, and nothing was moved. Finish that move, or name another place.',
    ar: '{place} فيه نسخة من عملية نقل أخرى مصدرها {other}. لم يتغير شيء هناك ولم يُنقل شيء. أكمل تلك العملية أو حدّد مكانًا آخر.',
  },
  MOVE_COPY_DIFFERS: {
    en: 'The copy in {place} is not what the ledger is: {what}. Nobody may use the copy, and the ledger stays where it was.',
    ar: 'النسخة في {place} لا تطابق السجل: {what}. لا يجوز استخدام النسخة ويبقى السجل في مكانه.',
  },
  MOVE_FOUND_WRONG: {
    en: 'The ledger is not what its own proofs say: {what}. It stays where it was. See all with sijil db verify; to take it along as it is, add --even-with-findings.',
    ar: 'السجل لا يطابق إثباتاته: {what}. يبقى في مكانه. اعرض كل النتائج بالأمر sijil db verify، ولنقله كما هو أضف --even-with-findings.',
  },
} as const satisfies Readonly<Record<string, Kind>>

export type LedgerRefusalCode = keyof typeof kinds
/** For the page of codes. */
export const ledgerRefusalKinds: Readonly<Record<LedgerRefusalCode, Kind>> = kinds

/** This ledger, as a whole, is not to be used, or cannot be moved. Nothing was changed. The message is the English one. */
export class LedgerRefused extends Error {
  override readonly name = 'LedgerRefused'
  readonly code: LedgerRefusalCode
  readonly words: { readonly en: string; readonly ar: string }

  constructor(code: LedgerRefusalCode, details: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    const filled = (text: string) => text.replaceAll(/\{(\w+)\}/g, (hole, name: string) => details[name] ?? hole)
    super(filled(kinds[code].en), options)
    this.code = code
    this.words = { en: this.message, ar: filled(kinds[code].ar) }
  }
}
