/** @type {import('next').NextConfig} */
export default {
	// It stays a package in node_modules, addon and profiles with it. `standalone` copies what is required from there.
	serverExternalPackages: ['wiretwin'],
	output: 'standalone',
};
