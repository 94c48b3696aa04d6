/** First lines of a generated page. */
export function generatedPage(title: string, from: string): string {
	return `# ${title}\n\n<!-- Written by node scripts/reference.ts from ${from}; do not edit. -->\n`;
}

/** A table; a bar inside of a cell would end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	return `${[line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')}\n`;
}

/** Text as code, also where it holds backticks. */
export function code(text: string): string {
	return text === '' ? '' : text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
