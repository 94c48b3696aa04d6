import { createSession } from 'wiretwin';

// Outside the handler: the next invocation of this instance finds the connection open.
const session = createSession({ browser: 'chrome', ca: process.env.SHOP_CA });

export async function handler() {
	const response = await session.fetch(process.env.SHOP_URL);
	const { protocol } = await response.json();
	return { statusCode: response.status, body: `the shop saw ${protocol}` };
}
