import { createSession, type SessionOptions } from 'wiretwin';

type Jar = NonNullable<SessionOptions['cookieJar']>;
type Done = (error: Error | null, result?: unknown) => void;

/** A jar whose store answers in a later turn, as a database would; what it is given to keep also waits for `gate`. */
export function lateJar(gate: () => Promise<void>): Jar {
	const { cookieJar } = createSession(); // opens nothing: only its jar is used
	const late = new Proxy(cookieJar.store, {
		get(target, key) {
			const member: unknown = Reflect.get(target, key, target);
			if (key === 'synchronous') return false;
			if (typeof member !== 'function') return member;
			return (...parameters: unknown[]) => {
				const done = parameters.pop() as Done;
				const answer: Done = (error, result) => {
					if (key === 'putCookie' || key === 'updateCookie') void gate().then(() => done(error, result));
					else setImmediate(done, error, result);
				};
				Reflect.apply(member, target, [...parameters, answer]);
			};
		},
	});
	return new (cookieJar.constructor as new (store: typeof late) => Jar)(late);
}
