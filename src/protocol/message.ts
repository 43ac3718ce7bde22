/**
 * What crosses the pipes: the type byte of each frame (frame.ts) and who sends it. The codecs of the two
 * conversations are in log-message.ts (master and writer), take-message.ts, hold-message.ts and control-message.ts
 * (workers and master).
 */
export const MessageType = {
  // master → worker and master → writer, and back
  ping: 1,
  pong: 2,

  // worker → master
  requests: 16,
  control: 17,
  /** Gives a hold back; executed when it comes, before requests that wait for another worker's. */
  returned: 18,
  /** Tells what was served from a hold, and asks for more. */
  more: 19,
  /** So many of its connections are closed (u32). */
  left: 20,
  /** So many of its clients watch (u32). */
  watchers: 21,
  /** A line for those who watch. */
  line: 22,
  /** A command took long. */
  slow: 23,
  /** A piece of a reply was passed on: the next one may come (piece-message.ts). */
  accepted: 29,
  // master → worker
  /** Answers a `requests` frame as far as it could be; exactly one for each, at once. */
  replies: 24,
  order: 25,
  /** What had waited for the disk, or for other processes. */
  lateReplies: 26,
  recall: 27,
  extend: 28,

  // master → writer
  open: 32,
  append: 33,
  baseBegin: 34,
  base: 35,
  baseEnd: 36,
  configure: 37,
  close: 38,
  // writer → master
  entries: 48,
  progress: 49,
  opened: 50,
  refused: 51,
  durable: 52,
  failed: 53,
  switched: 54,
  baseFailed: 55,
  closed: 56,
  baseWritten: 57,
  loading: 58,
} as const;
