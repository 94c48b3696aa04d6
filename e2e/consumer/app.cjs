// What the bundlers' tests bundle, as CommonJS.
const { createSession } = require('wiretwin');

const { url, ca } = JSON.parse(process.env.MIRROR);
const session = createSession({ ca, browser: 'firefox' });
session
	.fetch(`${url}/echo`)
	.then((response) => response.json())
	.then(({ protocol }) => {
		console.log('app', protocol);
		return session.close();
	});
