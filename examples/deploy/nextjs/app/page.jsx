import { createSession } from 'wiretwin';

/** At each request, not once when the site is built. */
export const dynamic = 'force-dynamic';

const session = createSession({ browser: 'chrome', ca: process.env.SHOP_CA });

export default async function Page() {
	const response = await session.fetch(process.env.SHOP_URL);
	const { protocol } = await response.json();
	return <p>{`the shop saw ${protocol}`}</p>;
}
