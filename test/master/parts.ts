import { PartReader, PartType } from '#dist/protocol/take-message.js';

/** The parts in these bytes, each as a readable line. */
export function parts(bytes: Buffer, start = 0, end = bytes.length): string[] {
  const reader = new PartReader();
  reader.begin(bytes, start, end);
  const lines: string[] = [];
  while (reader.next()) {
    const { tag, type, isLast, count, first, step } = reader;
    const text = bytes.toString('latin1', reader.start, reader.end);
    const head = `${tag} ${isLast ? 'last ' : ''}`;
    if (type === PartType.run) lines.push(`${head}${count} from ${first} by ${step}`);
    else lines.push(type === PartType.refusal ? `${head}${count} × ${text}` : `${head}${text}`);
  }
  return lines;
}
