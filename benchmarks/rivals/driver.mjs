// What the drivers in JavaScript share: read a task, run it, reply. The opening of __init__.py has the protocol.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

// The version that is installed, which is the one that is measured.
const version = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

// `prepare(task)` gives a function that expands, with everything else done before; `seconds(value)` reads one value.
export function serve(name, prepare, seconds) {
  console.log(JSON.stringify({ name, version: version(name), runtime: `Node.js ${process.version}` }));
  createInterface({ input: process.stdin }).on('line', (line) => {
    let reply;
    try {
      reply = answer(line, prepare, seconds);
    } catch (error) {
      reply = { error: String(error.message ?? error).split('\n')[0] };
    }
    console.log(JSON.stringify(reply));
  });
}

function answer(line, prepare, seconds) {
  const [what, rrule, dtstart, tz, from, to, number] = line.split('\t');
  const expand = prepare({ rrule, dtstart, tz, from, to });
  if (what === 'answer') return { starts: Array.from(expand(), seconds) };
  const begin = process.hrtime.bigint();
  for (let i = 0; i < number; i++) expand();
  return { seconds: Number(process.hrtime.bigint() - begin) / 1e9 / number };
}

// Floating times are taken for UTC, where each has its own number of seconds and no clock changes.
export const heading = ({ dtstart, tz, rrule }) =>
  `DTSTART${tz ? `;TZID=${tz}:${dtstart}` : `:${dtstart}Z`}\nRRULE:${rrule}`;

// The Date of 20000101T090000, read in UTC: windows are asked for floating series only, where that is right.
export function dateOf(text) {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(text).map(Number);
  return new Date(Date.UTC(y, mo - 1, d, h, mi, s));
}
