// For scripts/bootstrap.sh: one line a target, `<rust triple> <need> ...`.
// usage: node scripts/platforms/needs.mjs [<target> ...]
import { targets } from './targets.mjs';

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(targets);
for (const name of names) {
	const target = targets[name];
	if (!target) {
		console.error(`no platform is called ${name}; there are ${Object.keys(targets).join(', ')}`);
		process.exit(1);
	}
	console.log([target.rust, ...(target.needs ?? [])].join(' '));
}
