// Run by jest in the consumer's folder. Its modules live in a context of their own, the addon does not.
import { createSession } from 'wiretwin';

test('fetches', async () => {
	const { url, ca } = JSON.parse(process.env.MIRROR);
	const session = createSession({ ca });
	expect((await (await session.fetch(`${url}/echo`)).json()).protocol).toBe('h2');
	await session.close();
});
