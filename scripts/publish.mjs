// The end of a release, run by .github/workflows/release.yml: every package of dist/, with provenance. All platforms or nothing.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingPlatforms, publishAll } from './platforms/publish.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const missing = missingPlatforms(dist);
if (missing.length > 0) {
	console.error(`publish: dist/ lacks ${missing.join(', ')}`);
	process.exit(1);
}
console.log(`publish: ${publishAll(dist, root, ['--provenance'])} packages`);
