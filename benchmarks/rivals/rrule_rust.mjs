// rrule-rust, https://github.com/lsndr/rrule-rust: the Rust crate rrule behind Node.js.
import { DateTime, RRuleSet } from 'rrule-rust';
import { dateOf, heading, serve } from './driver.mjs';

function prepare(task) {
  const set = RRuleSet.fromString(heading(task));
  set.cache.disable();
  if (!task.from) return () => set.all();
  const [a, b] = [dateOf(task.from), dateOf(task.to) - 1000].map((ms) => DateTime.fromTimestamp(Number(ms)));
  return () => set.between(a, b, true);
}

serve('rrule-rust', prepare, (value) => value.toTimestamp() / 1000);
