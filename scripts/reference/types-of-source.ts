import { readFileSync } from 'node:fs';
import { parseSync } from 'rolldown/utils';

/** One property of an options type, as its docstring describes it. */
export type OptionDoc = { name: string; type: string; text: string; byDefault: string; example: string };

// What is read of the syntax tree; the parser's own types know every language.
type Node = {
	type: string;
	start: number;
	end: number;
	key?: { name?: string };
	declaration?: Node & { id?: { name: string }; typeAnnotation?: Node };
	typeAnnotation?: Node & { typeAnnotation?: Node };
	members?: Node[];
	types?: Node[];
};

/** The exported types of one file. */
export class SourceTypes {
	readonly #text: string;
	readonly #comments: ReadonlyArray<{ start: number; end: number; value: string }>;
	readonly #types = new Map<string, Node>();

	constructor(file: string) {
		this.#text = readFileSync(file, 'utf8');
		const { program, comments, errors } = parseSync(file, this.#text);
		if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
		this.#comments = comments as unknown as Array<{ start: number; end: number; value: string }>;
		for (const statement of (program as unknown as { body: Node[] }).body) {
			const { declaration } = statement;
			if (declaration?.type !== 'TSTypeAliasDeclaration' || !declaration.id || !declaration.typeAnnotation) continue;
			this.#types.set(declaration.id.name, { ...declaration.typeAnnotation, key: { name: String(statement.start) } });
		}
	}

	/** Text of a type as it is written. */
	written(name: string): string {
		const node = this.#find(name);
		return tidy(this.#text.slice(node.start, node.end));
	}

	/** Docstring of a type. */
	describe(name: string): string {
		return readComment(this.#commentBefore(Number(this.#find(name).key?.name))).text;
	}

	/** Properties that the type itself states, those of types it is made of apart. */
	options(name: string): OptionDoc[] {
		const node = this.#find(name);
		const literals = node.type === 'TSIntersectionType' ? (node.types ?? []) : [node];
		return literals
			.flatMap((part) => part.members ?? [])
			.map((member) => {
				const type = member.typeAnnotation?.typeAnnotation;
				if (!member.key?.name || !type) throw new Error(`${name}: a property that cannot be read`);
				const { text, byDefault, example } = readComment(this.#commentBefore(member.start));
				return {
					name: member.key.name,
					type: tidy(this.#text.slice(type.start, type.end)).replace(/ \| undefined$/, ''),
					text,
					byDefault,
					example,
				};
			});
	}

	#find(name: string): Node {
		const node = this.#types.get(name);
		if (!node) throw new Error(`There is no type ${name}`);
		return node;
	}

	#commentBefore(start: number): string {
		const comment = this.#comments.findLast(({ end }) => end <= start);
		return comment && this.#text.slice(comment.end, start).trim() === '' ? comment.value : '';
	}
}

function tidy(type: string): string {
	return type.replaceAll(/\s+/g, ' ').replace(/^\| /, '').replaceAll('| null | undefined', '| null');
}

/** The parts of a docstring: what stands before the tags, `@default`, `@example`. */
function readComment(value: string): Pick<OptionDoc, 'text' | 'byDefault' | 'example'> {
	const plain = value
		.replace(/^\*/, '')
		.split('\n')
		.map((line) => line.trim().replace(/^\* ?/, ''))
		.join(' ')
		.trim();
	const [text = '', ...tags] = plain.split(/\s*@(?=default|example)/);
	const tag = (name: string) =>
		tags
			.find((part) => part.startsWith(name))
			?.slice(name.length)
			.trim() ?? '';
	return { text, byDefault: tag('default'), example: tag('example') };
}
