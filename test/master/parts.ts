import { FrameReader } from '#dist/protocol/frame.js';
import { readHold, readHoldCount } from '#dist/protocol/hold-message.js';
import { MessageType } from '#dist/protocol/message.js';
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
    else if (type === PartType.lend)
      lines.push(`lend ${reader.hold}: ${count} of ${text} behind ${first}`);
    else lines.push(type === PartType.refusal ? `${head}${count} × ${text}` : `${head}${text}`);
  }
  return lines;
}

/** What the master sent a worker: parts and messages, each as a line; `answered` ends the answer to a frame. */
export function frames(bytes: Buffer): string[] {
  const lines: string[] = [];
  const reader = new FrameReader((type, frame, start, end) => {
    if (type === MessageType.replies || type === MessageType.lateReplies) {
      lines.push(...parts(frame, start, end));
      if (type === MessageType.replies) lines.push('answered');
    } else if (type === MessageType.recall) lines.push(`recall ${readHold(frame, start)}`);
    else if (type === MessageType.extend)
      lines.push(`extend ${readHold(frame, start)} by ${readHoldCount(frame, start)}`);
    else lines.push(`type ${type}`);
  });
  reader.push(bytes);
  return lines;
}
