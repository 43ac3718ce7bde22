import type { ByteWriter } from './bytes.js';
import { PartType } from './take-message.js';

/**
 * Two further parts of a `replies` frame. They stand among the answers, so that a worker gets changes of subscriptions, messages
 * and answers in the order in which the master executed them:
 *
 *     0      4       8      9      10
 *     ┌──────┬───────┬──────┬──────┬──────────────────────────────────────────────────────┐
 *     │ tag  │ size  │ kind │ last │ subscribed: position u32 in its transaction             │
 *     │ u32  │ u32   │ u8   │ u8   │ message:    kind u32 · length u32 · channel · payload │
 *     └──────┴───────┴──────┴──────┴──────────────────────────────────────────────────────┘
 *
 * `subscribed` answers an entry of a SubscriptionCommand. `message` answers none.
 */
export const MessageKind = { channel: 0, shard: 1, monitor: 2 } as const;

/** `at` is where the command stands in its transaction; 0 outside of one. */
export function writeSubscribedPart(out: ByteWriter, tag: number, at = 0): void {
  out.u32(tag);
  out.u32(6);
  out.u8(PartType.subscribed);
  out.u8(1);
  out.u32(at);
}

export function writeMessagePart(
  out: ByteWriter,
  kind: number,
  channel: string,
  payload: Uint8Array,
): void {
  out.u32(0);
  out.u32(10 + channel.length + payload.length);
  out.u8(PartType.message);
  out.u8(0);
  out.u32(kind);
  out.u32(channel.length);
  out.latin1(channel);
  out.copy(payload, 0, payload.length);
}

/** The channel, and where the payload begins, of a message whose part has its `start` here. */
export function readMessage(
  bytes: Buffer,
  start: number,
): { readonly channel: string; readonly payload: number } {
  const payload = start + 4 + bytes.readUInt32LE(start);
  return { channel: bytes.toString('latin1', start + 4, payload), payload };
}
