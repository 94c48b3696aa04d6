import type { CookieJar } from 'tough-cookie';
import { expectTypeOf, it } from 'vitest';
import { createSession, fetch, type Profile, type Session, type WiretwinResponse, withSession } from '../src/index.ts';

it('the public types say what the guide says', () => {
	expectTypeOf(fetch).returns.toEqualTypeOf<Promise<WiretwinResponse>>();
	expectTypeOf<WiretwinResponse>().toExtend<Response>();
	expectTypeOf<Session['fetch']>().toExtend<(input: string | URL | Request) => Promise<Response>>();
	expectTypeOf<Session['cookieJar']>().toEqualTypeOf<CookieJar>();
	expectTypeOf<ReturnType<Session['getCookies']>>().toEqualTypeOf<Record<string, string>>();
	expectTypeOf(withSession<number>).returns.toEqualTypeOf<Promise<number>>();
	expectTypeOf(createSession)
		.parameter(0)
		.toExtend<{ browser?: string | Profile | undefined; os?: string | undefined } | undefined>();
	expectTypeOf<WiretwinResponse['rawHeaders']>().toEqualTypeOf<readonly string[]>();
});
