// `make soak`: hundreds of requests of every kind under way for minutes, and what becomes of the process that sends them.
// Arguments: --minutes=10, --seed=<n>, --into=<folder>.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { planFor } from './plan.ts';
import { judge } from './report/judge.ts';
import { picture } from './report/picture.ts';
import { findingLine, progressLine, reportText } from './report/text.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
	options: {
		minutes: { type: 'string', default: '10' },
		seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
		into: { type: 'string', default: 'reports/soak' },
	},
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isInteger(seed)) throw new RangeError('--minutes is above 0, --seed a whole number');
/** Between two lines where the line before cannot be written over, milliseconds. */
const LINE_MS = 30_000;

console.log(`${minutes} minutes, seed ${seed}, Node ${process.version}`);
let nextLine = 0;
const seen = await soak(
	planFor(minutes, seed),
	(sample, { findings }) => {
		const line = progressLine(sample, findings.length);
		if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line.slice(0, process.stdout.columns - 1)}`);
		else if (sample.at >= nextLine) {
			nextLine = sample.at + LINE_MS;
			console.log(line);
		}
	},
	(finding) => console.log(`\n${findingLine(finding)}`),
);
const judgements = judge(seen.samples);
const text = reportText(seen.tally, seen.findings, judgements);
const done = seen.samples.at(-1)?.done ?? 0;
mkdirSync(values.into, { recursive: true });
const title = `${minutes} minutes, ${done.toLocaleString('en')} actions, seed ${seed}`;
writeFileSync(join(values.into, 'soak.svg'), picture(seen.samples, title));
writeFileSync(join(values.into, 'soak.json'), JSON.stringify(seen));
writeFileSync(join(values.into, 'soak.txt'), `${title}\n\n${text}`);
console.log(`\n\n${text}\n${join(values.into, 'soak.svg')} shows it.`);
process.exitCode = seen.findings.length > 0 || judgements?.some(({ grows, decides }) => grows && decides) ? 1 : 0;
