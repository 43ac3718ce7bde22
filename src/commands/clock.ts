/** The fine clock starts with the process and does not see that somebody sets the time: then the coarse one counts. */
export function nowInMicroseconds(): number {
  const fineMs = performance.timeOrigin + performance.now();
  const coarseMs = Date.now();
  return Math.floor((Math.abs(fineMs - coarseMs) < 2 ? fineMs : coarseMs) * 1000);
}
