module.exports = {
	// Minifying 6 MB of profiles takes half a minute and tests nothing of ours.
	mode: 'none',
	target: 'node22',
	entry: './app.cjs',
	output: { path: `${__dirname}/bundled`, filename: 'webpack.cjs' },
	module: { rules: [{ test: /\.node$/, loader: 'node-loader' }] },
	// Platforms that are not installed.
	ignoreWarnings: [/Can't resolve '@wiretwin\/core-native-/],
};
