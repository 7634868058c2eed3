import { seconds } from '../../flow/time.ts'
import { type Outline, outline } from '../outline.ts'
import { under } from '../traits.ts'

export const shortOutlines: readonly Outline[] = [
  outline({
    name: 'lead-scoring',
    title: { en: 'Lead scoring', ar: 'تقييم العملاء المحتملين' },
    does: {
      en: 'Asks a language model about a lead, computes its score and writes it down',
      ar: 'يستعين بنموذج لغوي في دراسة العميل المحتمل ثم يحسب درجته ويسجلها',
    },
    declared: 'short',
    lasts: under(seconds(5)),
    steps: 3,
    externalSystems: ['llm'],
  }),
  outline({
    name: 'message-classification',
    title: { en: 'Message classification', ar: 'تصنيف الرسائل' },
    does: { en: 'Finds the intent of a message and tags it', ar: 'يتعرف على مقصد الرسالة ويضع لها وسمًا' },
    declared: 'short',
    lasts: under(seconds(2)),
    steps: 2,
  }),
  outline({
    name: 'dialect-detection',
    title: { en: 'Dialect detection', ar: 'تمييز اللهجات' },
    does: { en: 'Tells in which Arabic dialect a text is written', ar: 'يحدد اللهجة العربية التي كُتب بها النص' },
    declared: 'short',
    lasts: under(seconds(1)),
    steps: 1,
  }),
  outline({
    name: 'knowledge-retrieval',
    title: { en: 'Knowledge retrieval', ar: 'استرجاع المعرفة' },
    does: {
      en: 'Searches the knowledge index for the passages nearest to a question and ranks them',
      ar: 'يبحث في فهرس المعرفة عن المقاطع الأقرب إلى السؤال ويرتبها بحسب صلتها به',
    },
    declared: 'short',
    lasts: under(seconds(3)),
    steps: 2,
    internalServices: ['knowledgeIndex'],
  }),
  outline({
    name: 'dashboard-aggregation',
    title: { en: 'Dashboard aggregation', ar: 'تجميع بيانات لوحة المؤشرات' },
    does: {
      en: 'Runs the many queries behind a dashboard and joins their answers',
      ar: 'ينفذ الاستعلامات العديدة التي تقوم عليها لوحة المؤشرات ويجمع نتائجها',
    },
    declared: 'short',
    lasts: under(seconds(5)),
    steps: 2,
    // Many queries, all of one database.
    internalServices: ['database'],
  }),
  outline({
    name: 'health-check',
    title: { en: 'Health check', ar: 'فحص سلامة المنصة' },
    does: {
      en: 'Asks each service of the platform whether it is well',
      ar: 'يتحقق من سلامة كل خدمة من خدمات المنصة',
    },
    declared: 'short',
    lasts: under(seconds(1)),
    steps: 1,
    internalServices: ['database', 'objectStore', 'sealer', 'workers'],
  }),
  outline({
    name: 'trust-score',
    title: { en: 'Trust score', ar: 'درجة الثقة' },
    does: {
      en: 'Gathers the factors of trust in a party, computes the score and writes it down',
      ar: 'يجمع عوامل الثقة في الطرف المعني ثم يحسب درجة الثقة ويسجلها',
    },
    declared: 'short',
    lasts: under(seconds(5)),
    steps: 3,
    internalServices: ['database'],
  }),
  outline({
    name: 'audit-log-write',
    title: { en: 'Audit log write', ar: 'القيد في سجل التدقيق' },
    does: { en: 'Appends one entry to the audit log', ar: 'يضيف قيدًا واحدًا إلى سجل التدقيق' },
    declared: 'short',
    lasts: under(seconds(1)),
    steps: 1,
    internalServices: ['database'],
  }),
]
