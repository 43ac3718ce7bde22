import type { LatencyEvent } from './latency.js';

/** LATENCY's texts for people. */

const ROWS = 4;
const COLUMNS = 80;
const LEVELS = '_o#';

const OFF =
  "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n";
const CALM =
  'Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n';

/** LATENCY DOCTOR: Redis's words where there is nothing to tell, which tools compare; else the figures of each event. */
export function latencyReport(events: readonly LatencyEvent[], thresholdMs: number): string {
  if (thresholdMs === 0) return OFF;
  if (events.length === 0) return CALM;
  const lines = events.map(({ name, samples, maxMs }, i) => {
    const times = samples.map(([, ms]) => ms);
    const average = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    const deviation = times.reduce((sum, ms) => sum + Math.abs(ms - average), 0) / times.length;
    return (
      `${i + 1}. ${name}: ${samples.length} latency spikes (average ${Math.floor(average)}ms, ` +
      `mean deviation ${Math.floor(deviation)}ms). Worst all time event ${maxMs}ms.\n`
    );
  });
  return `Latency spikes:\n\n${lines.join('')}\nSLOWLOG GET shows which commands they were.\n`;
}

/** LATENCY GRAPH: a column for each sample, under it how long ago it was. */
export function latencyGraph(event: LatencyEvent, nowSeconds: number): string {
  const samples = event.samples.slice(-COLUMNS);
  const times = samples.map(([, ms]) => ms);
  const [high, low] = [Math.max(...times), Math.min(...times)];
  const steps = ROWS * LEVELS.length;
  const levels = times.map((ms) =>
    Math.min(steps - 1, Math.floor(((ms - low) * steps) / (high - low || 1))),
  );
  let text = `${event.name} - high ${high} ms, low ${low} ms (all time high ${event.maxMs} ms)\n`;
  text += `${'-'.repeat(COLUMNS)}\n`;
  for (let row = ROWS - 1; row >= 0; row--) {
    text += `${levels.map((level) => cell(level - row * LEVELS.length)).join('')}\n`;
  }
  const labels = samples.map(([seconds]) => age(nowSeconds - seconds));
  const longest = Math.max(...labels.map((label) => label.length));
  text += `${' '.repeat(samples.length)}\n`;
  for (let i = 0; i < longest; i++) text += `${labels.map((label) => label[i] ?? ' ').join('')}\n`;
  return text;
}

function cell(level: number): string {
  if (level < 0) return ' ';
  return LEVELS[level] ?? '|';
}

function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86400)}d`;
}
