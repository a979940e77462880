// rrule.js, https://github.com/jkbrzt/rrule. Its zoned Dates are right only where the system's zone is UTC: the harness
// starts this process so.
import rrule from 'rrule';
import { dateOf, heading, serve } from './driver.mjs';

function prepare(task) {
  const rule = rrule.rrulestr(heading(task), { cache: false });
  if (!task.from) return () => rule.all();
  const [a, b] = [dateOf(task.from), new Date(dateOf(task.to) - 1000)];
  return () => rule.between(a, b, true);
}

serve('rrule', prepare, (date) => date.getTime() / 1000);
