import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Half of what a program costs that a test starts, or a worker, is to take the types out of the same hundred files. Here one
// leaves them for the next; Node looks at their contents, so nothing is ever stale.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node-compile-cache', import.meta.url));

// Packages are resolved from source (condition `wiretwin-source`), so a test never runs against a stale build.
export default defineConfig({
	resolve: { conditions: ['wiretwin-source'] },
	ssr: {
		resolve: { conditions: ['wiretwin-source', 'node', 'import', 'default'], externalConditions: ['wiretwin-source'] },
	},
	test: {
		projects: [
			{
				extends: true,
				test: {
					name: 'all',
					include: [
						'packages/*/test/**/*.test.ts',
						'e2e/**/*.test.ts',
						'faults/test/**/*.test.ts',
						'truth/test/**/*.test.ts',
						'soak/test/**/*.test.ts',
						'examples/**/*.test.ts',
					],
				},
			},
			{
				// The seam as it is where no pipe can be watched: Windows, Bun.
				extends: true,
				test: {
					name: 'no-doorbell',
					include: ['packages/core-native/test/*.test.ts'],
					// It builds an addon of its own, and what it tests is the native half.
					exclude: ['**/native-panic.test.ts'],
					setupFiles: ['packages/core-native/test/support/no-doorbell.ts'],
				},
			},
			{
				// Sockets looked after by the JavaScript thread's own loop, whatever there is to do.
				extends: true,
				test: {
					name: 'on-loop',
					include: ['packages/core-native/test/*.test.ts'],
					exclude: ['**/native-panic.test.ts'],
					setupFiles: ['packages/core-native/test/support/on-loop.ts'],
				},
			},
		],
		pool: 'forks',
		// What hangs is found all the same; what is slow on a busy machine of two cores is not a failure.
		testTimeout: 120_000,
		hookTimeout: 180_000,
		typecheck: { enabled: false },
	},
});
