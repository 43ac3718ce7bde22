import { Redis } from 'ioredis';
import {
  type IRateLimiterRedisOptions,
  RateLimiterRedis,
  RateLimiterRedisNonAtomic,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import * as steps from './steps.js';

const storeClient = new Redis({ host: steps.HOST, port: steps.PORT });

function limiter(keyPrefix: string, options: Partial<IRateLimiterRedisOptions> = {}) {
  return new RateLimiterRedis({ storeClient, keyPrefix, points: 3, duration: 60, ...options });
}

/** How much is used and left, whether it is the first, and how long it goes on. */
async function result(act: () => Promise<RateLimiterRes | null>): Promise<string> {
  const answer = await act().catch((refusal: unknown) => refusal);
  if (!(answer instanceof RateLimiterRes)) return String(answer);
  const { consumedPoints, remainingPoints, isFirstInDuration, msBeforeNext } = answer;
  const seconds = Math.round(msBeforeNext / 1000 / 10) * 10;
  return `${consumedPoints}/${remainingPoints}/${isFirstInDuration}/${seconds}s`;
}

await steps.play({
  async consume() {
    const each = limiter('consume');
    const results: string[] = [];
    for (let i = 0; i < 4; i++) results.push(await result(() => each.consume('a')));
    return [...results, await result(() => each.consume('b', 2))];
  },
  async together() {
    const each = limiter('together', { points: 100 });
    const all = await Promise.allSettled(Array.from({ length: 150 }, () => each.consume('a')));
    return [all.filter(({ status }) => status === 'fulfilled').length];
  },
  async change() {
    const each = limiter('change');
    const results = [await result(() => each.get('a')), await result(() => each.penalty('a', 2))];
    results.push(await result(() => each.reward('a')), await result(() => each.get('a')));
    results.push(await result(() => each.set('a', 3, 30)), await result(() => each.consume('a')));
    return [...results, await each.delete('a'), await result(() => each.get('a'))];
  },
  async block() {
    const each = limiter('block', { blockDuration: 40 });
    await each.block('a', 30);
    const results = [
      await result(() => each.consume('a')),
      await result(() => each.consume('b', 9)),
    ];
    return [...results, await result(() => each.get('b'))];
  },
  async nonatomic() {
    const each = new RateLimiterRedisNonAtomic({
      ...{ storeClient, keyPrefix: 'nonatomic', points: 2, duration: 60 },
    });
    const results: string[] = [];
    for (let i = 0; i < 3; i++) results.push(await result(() => each.consume('a')));
    return results;
  },
});
