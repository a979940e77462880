// rrule-temporal, https://github.com/ggaabe/rrule-temporal, with the Temporal it brings along. Its cap on
// periods, 10,000, is lifted, as it ends longer questions early; the one on candidates stays, for lifting it leaves the
// fast path.
import { RRuleTemporal } from 'rrule-temporal';
import { dateOf, heading, serve } from './driver.mjs';

function prepare(task) {
  const rule = new RRuleTemporal({
    rruleString: heading(task),
    cache: false,
    maxIterations: Number.MAX_SAFE_INTEGER,
  });
  if (!task.from) return () => rule.all();
  const [a, b] = [dateOf(task.from), new Date(dateOf(task.to) - 1000)];
  return () => rule.between(a, b, true);
}

serve('rrule-temporal', prepare, (value) => value.epochMilliseconds / 1000);
