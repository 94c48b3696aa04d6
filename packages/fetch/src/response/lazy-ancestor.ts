/**
 * Lets a class inherit from the global `Response` from the moment on when somebody could tell. Node's `Response` comes with all of
 * its fetch, 20 ms of compiling, and most programs never touch it. Until then the class and its prototype inherit from a
 * proxy, which `instanceof`, a member that only `Response` has and the like go through: each of them makes it the real thing.
 */
export function inheritFromResponse(heir: { readonly prototype: object }): void {
	inheritLater(heir, () => Response);
	inheritLater(heir.prototype, () => Response.prototype);
}

function inheritLater(heir: object, ancestor: () => object): void {
	const adopt = () => {
		const found = ancestor();
		Object.setPrototypeOf(heir, found);
		return found;
	};
	// What every object or function has needs no `Response`, and neither does what `await` and texts look for.
	const isCommon = (target: object, key: string | symbol) =>
		key === 'then' || key === Symbol.toPrimitive || key in target;
	const placeholder = new Proxy(Object.create(Object.getPrototypeOf(heir)), {
		getPrototypeOf: adopt,
		has: (target, key) => key in target || Reflect.has(adopt(), key),
		get: (target, key, receiver) => Reflect.get(isCommon(target, key) ? target : adopt(), key, receiver),
		set: (_, key, value, receiver) => Reflect.set(adopt(), key, value, receiver),
	});
	Object.setPrototypeOf(heir, placeholder);
}
