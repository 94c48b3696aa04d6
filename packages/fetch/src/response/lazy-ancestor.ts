/**
 * Lets a class inherit from the global `Response` from the moment on when somebody could tell. Node's `Response` comes with all of
 * its fetch, 20 ms of compiling, and most programs never touch it. Until then the class and its prototype inherit from a
 * proxy, which `instanceof`, a member that only `Response` has and the like go through: each of them makes it the real thing.
 */
export function inheritFromResponse(heir: { readonly prototype: object }): void {
	inheritLater(heir, () => Response);
	inheritLater(heir.prototype, () => Response.prototype);
}

/**
 * Each promise that resolves with a response asks it for `then`, three of them a request, and a proxy takes 120 ns to say that
 * there is none. So it is found before the proxy is.
 */
// biome-ignore lint/suspicious/noThenProperty: it says that there is none
const notThenable = { then: { value: undefined, writable: true, configurable: true } } as const;

function inheritLater(heir: object, ancestor: () => object): void {
	const adopt = () => {
		const found = ancestor();
		Object.setPrototypeOf(heir, found);
		return found;
	};
	// What every object or function has needs no `Response`, and neither does what texts look for.
	const isCommon = (target: object, key: string | symbol) => key === Symbol.toPrimitive || key in target;
	const placeholder = new Proxy(Object.create(Object.getPrototypeOf(heir)), {
		getPrototypeOf: adopt,
		has: (target, key) => key in target || Reflect.has(adopt(), key),
		get: (target, key, receiver) => Reflect.get(isCommon(target, key) ? target : adopt(), key, receiver),
		set: (_, key, value, receiver) => Reflect.set(adopt(), key, value, receiver),
	});
	Object.setPrototypeOf(heir, Object.create(placeholder, notThenable));
}
