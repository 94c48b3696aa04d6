// The end of a release, run by the workflows: every package of dist/ whose version is not there yet, with provenance. All
// platforms or nothing; with `profiles`, what is in dist/ is only that. usage: node scripts/publish.mjs [profiles]
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingPlatforms, publishAll } from './platforms/publish.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const missing = process.argv[2] === 'profiles' ? [] : missingPlatforms(dist);
if (missing.length > 0) {
	console.error(`publish: dist/ lacks ${missing.join(', ')}`);
	process.exit(1);
}
console.log(`publish: ${publishAll(dist, root, ['--provenance'])} packages`);
