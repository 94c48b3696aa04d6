import { defineConfig } from 'vitest/config';

// Packages are resolved from source (condition `wiretwin-source`), so a test never runs against a stale build.
export default defineConfig({
	resolve: { conditions: ['wiretwin-source'] },
	ssr: {
		resolve: { conditions: ['wiretwin-source', 'node', 'import', 'default'], externalConditions: ['wiretwin-source'] },
	},
	test: {
		include: [
			'packages/*/test/**/*.test.ts',
			'e2e/**/*.test.ts',
			'faults/test/**/*.test.ts',
			'truth/test/**/*.test.ts',
			'examples/**/*.test.ts',
		],
		pool: 'forks',
		testTimeout: 30_000,
		hookTimeout: 60_000,
		typecheck: { enabled: false },
	},
});
