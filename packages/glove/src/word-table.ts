/** Digits after the point that are enough for 1/3. */
const DIGITS = 2;

/** Words across and down, aligned, with whole numbers where they are whole. */
export function wordTable(words: readonly string[], counts: readonly (readonly number[])[]): string {
  const cells = [['', ...words], ...words.map((word, row) => [word, ...counts[row]!.map(figure)])];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => columnsOf(line[column]!))));
  const lines = cells.map((line) =>
    line.map((cell, column) => {
      const gap = ' '.repeat(widths[column]! - columnsOf(cell));
      return column === 0 ? cell + gap : gap + cell;
    }),
  );
  return lines.map((line) => `${line.join('  ').trimEnd()}\n`).join('');
}

const figure = (count: number): string => (Number.isInteger(count) ? String(count) : count.toFixed(DIGITS));

/** Characters rather than UTF-16 units; wide scripts are not measured. */
const columnsOf = (text: string): number => [...text].length;
